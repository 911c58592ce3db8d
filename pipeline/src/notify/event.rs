//! Notices as `CloudEvents` 1.0 in JSON (<https://github.com/cloudevents/spec>), signed as Standard Webhooks say
//! (<https://www.standardwebhooks.com>): HMAC-SHA256 over id, time and body.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use config::{Config, Language, Secret};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::news::Notice;
use crate::{Error, Result};

/// The id of an event: the same for the same news, so that receivers know it again.
pub(super) fn id(notice: &Notice) -> String {
    let Notice { dataset, kind, since, before, .. } = notice;
    format!("{dataset}-{}-{}-{before}", kind.name(), since.as_millisecond())
}

/// A notice as an event; `now` is when it is told.
pub(super) fn event(config: &Config, notice: &Notice, language: Language, now: Timestamp) -> Value {
    let page = format!("{}d/{}", config.base_url, notice.dataset);
    let title = config.datasets.get(&notice.dataset).map(|dataset| dataset.file.title.get(language));
    json!({
        "specversion": "1.0",
        "id": id(notice),
        "source": config.base_url,
        "type": format!("no.allmenning.dataset.{}", notice.kind.name()),
        "subject": notice.dataset,
        "time": now,
        "datacontenttype": "application/json",
        "data": {
            "dataset": notice.dataset,
            "title": title,
            "page": page,
            "code": notice.code,
            "message": notice.message,
            "hint": notice.hint,
            "since": notice.since,
            "told_before": notice.before,
            "last_run": notice.last_run,
            "last_success": notice.last_success,
            "version": notice.version,
        },
    })
}

/// The headers with which an event is posted. A key that begins with `whsec_` is base64 behind that.
///
/// # Errors
/// `Notice` where such a key is no base64.
pub(super) fn headers(
    event: &Value,
    id: &str,
    key: &Secret<String>,
    now: Timestamp,
) -> Result<BTreeMap<String, Secret<String>>> {
    let key = match key.reveal().strip_prefix("whsec_") {
        Some(encoded) => BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| Error::Notice("the key of a webhook begins with whsec_, but no base64 follows".to_owned()))?,
        None => key.reveal().as_bytes().to_vec(),
    };
    let seconds = now.as_second().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(format!("{id}.{seconds}.{event}").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let headers = [
        ("content-type", "application/cloudevents+json; charset=utf-8".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", format!("v1,{signature}")),
    ];
    Ok(headers.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature is what the library of Standard Webhooks, 1.1.0, gives for this key, id, time and body.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let body = json!({ "test": 2_432_232_314_u64 });
        let headers = headers(&body, "msg_p5jXN8AQM9LWM0D4loKWxJek", &key, now).unwrap();
        assert_eq!(headers["webhook-signature"].reveal(), "v1,Vif40peJBP7Iyl0XGmu61n4MwdrcHov5CFREBpE0svs=");
        let broken = Secret::new("whsec_%".to_owned());
        assert_eq!(super::headers(&json!({}), "x", &broken, now).unwrap_err().code(), "notice-failed");
    }
}
