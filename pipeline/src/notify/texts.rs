//! The words of e-mails.

use std::fmt::Write;

use config::{Config, Language, NoticeKind};
use jiff::{Timestamp, tz::TimeZone};

use super::news::Notice;

/// The subject of a mail about notices.
pub(super) fn subject(config: &Config, notices: &[Notice], language: Language) -> String {
    let publisher = config.publisher.name.get(language);
    let trouble = notices.iter().filter(|notice| notice.kind != NoticeKind::Recovery).count();
    let all_well = ["i orden igjen", "i orden att", "well again"];
    let needs = ["trenger tilsyn", "treng tilsyn", "in need of somebody"];
    let (count, what) = if trouble == 0 { (notices.len(), all_well) } else { (trouble, needs) };
    format!("{publisher}: {count} datasett {}", language.pick(what))
        .replace("datasett", language.pick(["datasett", "datasett", "datasets"]))
}

/// The body: each dataset with what happened, what to do, and its page.
pub(super) fn body(config: &Config, notices: &[Notice], language: Language) -> String {
    let mut text = String::new();
    for notice in notices {
        paragraph(config, notice, language, &mut text);
    }
    text
}

/// Writing to a String cannot fail.
fn paragraph(config: &Config, notice: &Notice, language: Language, text: &mut String) {
    let say = |texts| language.pick(texts);
    let dataset = config.datasets.get(&notice.dataset);
    let title = dataset.map_or(notice.dataset.as_str(), |dataset| dataset.file.title.get(language));
    let what = say(match notice.kind {
        NoticeKind::Failure => ["ble ikke publisert", "vart ikkje publisert", "was not published"],
        NoticeKind::Held => ["venter på godkjenning", "ventar på godkjenning", "waits for approval"],
        NoticeKind::Lateness => ["er forsinket", "er forseinka", "is late"],
        NoticeKind::Recovery => ["er i orden igjen", "er i orden att", "is well again"],
    });
    let _ = writeln!(text, "{title} ({}) {what}", notice.dataset);
    if notice.before > 0 && notice.kind != NoticeKind::Recovery {
        let since = say(["Slik siden", "Slik sidan", "So since"]);
        let _ = writeln!(text, "  {since} {}", day_and_time(notice.since));
    }
    if !notice.message.is_empty() {
        let _ = writeln!(text, "  [{}] {}", notice.code, notice.message);
    }
    if !notice.hint.is_empty() {
        let _ = writeln!(text, "  = {}", notice.hint);
    }
    if let Some(success) = notice.last_success {
        let last = say(["Sist i orden", "Sist i orden", "Last well"]);
        let _ = writeln!(text, "  {last}: {}", day_and_time(success));
    }
    if notice.kind != NoticeKind::Recovery && notice.version.is_some() {
        let stays = say([
            "Den siste gode versjonen vises fortsatt.",
            "Den siste gode versjonen er framleis synleg.",
            "The last good version is still served.",
        ]);
        let _ = writeln!(text, "  {stays}");
    }
    let _ = writeln!(text, "  {}{}/d/{}\n", config.base_url, language.tag(), notice.dataset);
}

/// In Norwegian time, since that is where the readers are.
fn day_and_time(time: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}
