//! E-mail by SMTP submission (RFC 6409).

use std::time::Duration;

use config::{Encryption, Mail, Secret};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::header::{ContentType, Header, HeaderName, HeaderValue},
    transport::smtp::authentication::Credentials,
};

use crate::{Error, Result};

/// Longest time for a whole delivery.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Tells mail systems that nobody sits there to answer (RFC 3834, section 5), so that no absence notes come back.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// What is sent.
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) body: String,
}

/// Hands a letter to the server.
///
/// # Errors
/// `Notice` with what the server said.
pub(super) async fn send(mail: &Mail, password: Option<&Secret<String>>, letter: Letter) -> Result<()> {
    let failed = |what: String| Error::Notice(format!("{}: {what}", mail.server));
    let transport = transport(mail, password).map_err(|error| failed(error.to_string()))?;
    let message = message(mail, letter).map_err(failed)?;
    let sent = tokio::time::timeout(TIMEOUT, transport.send(message)).await;
    sent.map_err(|_| failed("no answer in time".to_owned()))?.map_err(|error| failed(error.to_string()))?;
    Ok(())
}

fn transport(
    mail: &Mail,
    password: Option<&Secret<String>>,
) -> std::result::Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    type Transport = AsyncSmtpTransport<Tokio1Executor>;
    let (builder, port) = match mail.encryption {
        Encryption::Starttls => (Transport::starttls_relay(&mail.server)?, 587),
        Encryption::Tls => (Transport::relay(&mail.server)?, 465),
        Encryption::None => (Transport::builder_dangerous(&mail.server), 25),
    };
    let builder = builder.port(mail.port.unwrap_or(port)).timeout(Some(TIMEOUT));
    Ok(match mail.user.as_ref().zip(password) {
        Some((user, password)) => {
            builder.credentials(Credentials::new(user.clone(), password.reveal().clone())).build()
        }
        None => builder.build(),
    })
}

fn message(mail: &Mail, letter: Letter) -> std::result::Result<Message, String> {
    let domain = mail.from.rsplit('@').next().unwrap_or_default();
    let mut builder = Message::builder()
        .from(mail.from.parse().map_err(|error| format!("{}: {error}", mail.from))?)
        .message_id(Some(format!("<{}@{domain}>", letter.id)))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .subject(letter.subject);
    for to in &mail.to {
        builder = builder.to(to.parse().map_err(|error| format!("{to}: {error}"))?);
    }
    builder.body(letter.body).map_err(|error| error.to_string())
}
