//! Notices: tells those who run the program when a dataset needs somebody, by e-mail and webhooks.
//!
//! How the datasets stand is looked at again and again and held against what was told, so that whatever process ran
//! them is told of, and a crash loses nothing. What could not be delivered is tried again, under the same id.

mod event;
mod mail;
mod memory;
mod news;
mod texts;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use catalog::{Catalog, Sha256};
use config::{DatasetId, HttpSource, Mail, Notices, Secret, Webhook};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use self::{
    memory::Channels,
    news::{Notice, Rules, Told, news},
};
use crate::{
    Error, Result,
    source::{self, Polite},
    status::Status,
};

/// Longest wait for a channel over which nothing could be delivered.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Largest answer of a webhook, in bytes, and seconds for it.
const ANSWER: (u64, u32) = (64 << 10, 30);
/// The name of the channel of e-mails.
const MAIL: &str = "mail";

/// The clock of the process.
pub type Clock = fn() -> Timestamp;
/// Numbers in 0..1 that differ from call to call.
pub type Random = fn() -> f64;

/// What is seen of the outside: how the datasets stand, told anew at every look at them, and whether to stop.
pub type Seen = (watch::Receiver<Arc<[Status]>>, watch::Receiver<bool>);

/// Tells of the datasets, whenever they were looked at, until asked to stop. `clock` and `random` are those of the process.
pub async fn tell(catalog: Catalog, (clock, random): (Clock, Random), (mut statuses, mut stopping): Seen) {
    let mut teller = Teller {
        catalog,
        random,
        polite: Arc::new(Polite::new(random)),
        told: BTreeMap::new(),
        waiting: BTreeMap::new(),
        undelivered: BTreeMap::new(),
        failures: BTreeMap::new(),
    };
    loop {
        tokio::select! {
            // An error means that nobody looks any more: the server has ended.
            changed = statuses.changed() => if changed.is_err() { return },
            _ = stopping.wait_for(|asked| *asked) => return,
        }
        let all = Arc::clone(&statuses.borrow_and_update());
        if let Err(error) = teller.look(&all, clock()).await {
            tracing::warn!(code = error.code(), %error, "what was told of the datasets is not known");
        }
    }
}

/// Something to tell over a channel, and what is then told of the dataset.
type News = (Notice, Option<Told>);

struct Teller {
    catalog: Catalog,
    random: Random,
    polite: Arc<Polite>,
    /// What was told of each dataset, as far as it was read.
    told: BTreeMap<DatasetId, Channels>,
    /// Since when there is something to tell by mail.
    waiting: BTreeMap<DatasetId, Timestamp>,
    /// What was to be told over a channel and was not delivered, so that it keeps its id when it is tried again.
    undelivered: BTreeMap<(String, DatasetId), Told>,
    /// How often in a row a channel failed, and until when it is left alone.
    failures: BTreeMap<String, (u32, Timestamp)>,
}

impl Teller {
    /// Tells what there is to tell of the datasets.
    async fn look(&mut self, all: &[Status], now: Timestamp) -> Result<()> {
        for status in all {
            if !self.told.contains_key(&status.dataset) {
                let told = memory::read(self.catalog.store(), &status.dataset).await?;
                self.told.insert(status.dataset.clone(), told);
            }
        }
        let config = Arc::clone(self.catalog.config());
        let notices = &config.notices;
        for (webhook, key) in notices.file.webhooks.iter().zip(&notices.keys) {
            let channel = format!("webhook-{}", Sha256::of(webhook.url.as_str().as_bytes()));
            if self.is_open(&channel, now) {
                let news = self.news(&channel, (all, notices), now);
                let posted = self.post(webhook, key, (&channel, news), now).await;
                self.settle(&channel, posted, now);
            }
        }
        if let Some(mail) = notices.file.mail.as_ref().filter(|_| self.is_open(MAIL, now)) {
            let news = self.news(MAIL, (all, notices), now);
            let sent = self.mail(mail, news, now).await;
            self.settle(MAIL, sent, now);
        }
        Ok(())
    }

    fn news(&mut self, channel: &str, (all, notices): (&[Status], &Notices), now: Timestamp) -> Vec<News> {
        let hours = notices.file.repeat_hours;
        let repeat = (hours > 0).then(|| SignedDuration::from_hours(hours.into()));
        let rules = Rules { events: &notices.file.events, repeat };
        let mut found = Vec::new();
        for status in all {
            let key = (channel.to_owned(), status.dataset.clone());
            let told = self.told.get(&status.dataset).and_then(|channels| channels.get(channel));
            let news = news((told, self.undelivered.get(&key)), status, rules, now);
            match news.as_ref().and_then(|(_, told)| told.clone()) {
                Some(told) => drop(self.undelivered.insert(key, told)),
                None => drop(self.undelivered.remove(&key)),
            }
            found.extend(news);
        }
        found
    }

    /// Posts one event after the other, and remembers each that was taken.
    async fn post(
        &mut self,
        webhook: &Webhook,
        key: &Secret<String>,
        (channel, all): (&str, Vec<News>),
        now: Timestamp,
    ) -> Result<()> {
        let config = Arc::clone(self.catalog.config());
        let (max_bytes, timeout_seconds) = ANSWER;
        let spec = HttpSource {
            allow_private_network: webhook.allow_private_network,
            max_bytes,
            timeout_seconds,
            attempts: 3,
            ..HttpSource::of(webhook.url.clone())
        };
        for (notice, told) in all {
            if self.is_wanted(&notice) {
                let event = event::event(&config, &notice, config.notices.file.language, now);
                let headers = event::headers(&event, &event::id(&notice), key, now)?;
                let posted = source::post(&spec, &headers, &event, (&self.polite, now)).await;
                posted.map_err(|error| Error::Notice(error.to_string()))?;
            }
            self.remember(channel, &notice.dataset, told, now).await?;
        }
        Ok(())
    }

    /// Sends what has waited long enough, all in one mail.
    async fn mail(&mut self, mail: &Mail, all: Vec<News>, now: Timestamp) -> Result<()> {
        let names: BTreeSet<DatasetId> = all.iter().map(|(notice, _)| notice.dataset.clone()).collect();
        self.waiting.retain(|dataset, _| names.contains(dataset));
        for dataset in names {
            self.waiting.entry(dataset).or_insert(now);
        }
        let config = Arc::clone(self.catalog.config());
        let digest = SignedDuration::from_mins(config.notices.file.digest_minutes.into());
        if !self.waiting.values().any(|since| now.duration_since(*since) >= digest) {
            return Ok(());
        }
        let notices: Vec<Notice> =
            all.iter().map(|(notice, _)| notice.clone()).filter(|notice| self.is_wanted(notice)).collect();
        if let Some(first) = notices.first() {
            let language = config.notices.file.language;
            let letter = mail::Letter {
                id: format!("{}.{}", event::id(first), now.as_millisecond()),
                subject: texts::subject(&config, &notices, language),
                body: texts::body(&config, &notices, language),
            };
            mail::send(mail, config.notices.password.as_ref(), letter).await?;
        }
        self.waiting.clear();
        for (notice, told) in all {
            self.remember(MAIL, &notice.dataset, told, now).await?;
        }
        Ok(())
    }

    /// Whether anybody wants to know: a recovery is remembered all the same.
    fn is_wanted(&self, notice: &Notice) -> bool {
        self.catalog.config().notices.file.events.contains(&notice.kind)
    }

    async fn remember(&mut self, channel: &str, dataset: &DatasetId, told: Option<Told>, now: Timestamp) -> Result<()> {
        self.undelivered.remove(&(channel.to_owned(), dataset.clone()));
        let channels = self.told.entry(dataset.clone()).or_default();
        match told {
            Some(told) => drop(channels.insert(channel.to_owned(), told)),
            None => drop(channels.remove(channel)),
        }
        let name = memory::name(now, (self.random)());
        memory::write(self.catalog.store(), dataset, channels, name).await
    }

    fn is_open(&self, channel: &str, now: Timestamp) -> bool {
        self.failures.get(channel).is_none_or(|(_, until)| *until <= now)
    }

    /// Leaves a channel alone for a while that failed, ever longer.
    fn settle(&mut self, channel: &str, outcome: Result<()>, now: Timestamp) {
        let Err(error) = outcome else {
            self.failures.remove(channel);
            return;
        };
        let failed = self.failures.get(channel).map_or(0, |(failed, _)| *failed);
        let wait = SignedDuration::from_mins(1).saturating_mul(1 << failed.min(8)).min(LONGEST_WAIT);
        tracing::error!(code = error.code(), hint = error.hint(), ?wait, "a notice was not delivered: {error}");
        self.failures.insert(channel.to_owned(), (failed.saturating_add(1), now.saturating_add(wait).unwrap_or(now)));
    }
}
