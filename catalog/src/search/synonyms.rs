//! Words that mean the same in open data of municipalities: bokmål and nynorsk, and what things are called in daily life.

/// Groups of words in the form in which they stand in a dictionary. Only words that stand for each other everywhere.
const GROUPS: [&[&str]; 33] = [
    &["bolig", "bustad"],
    &["eiendom", "eigedom"],
    &["skole", "skule"],
    &["vei", "veg"],
    &["vann", "vatn"],
    &["snø", "brøyting"],
    &["innbygger", "innbyggjar"],
    &["folketall", "folketal", "folkemengde", "folkemengd", "befolkning"],
    &["virksomhet", "verksemd"],
    &["anskaffelse", "skaffing", "innkjøp"],
    &["arbeid", "jobb"],
    &["forening", "foreining"],
    &["postliste", "postjournal", "innsyn"],
    &["tall", "tal"],
    &["eie", "eige"],
    &["leie", "leige"],
    &["leietaker", "leigetakar"],
    &["bygning", "bygg", "hus"],
    &["tettsted", "tettstad"],
    &["sted", "stad"],
    &["stedsnavn", "stadnamn"],
    &["navn", "namn"],
    &["lekeplass", "leikeplass"],
    &["sykehjem", "sjukeheim"],
    &["hjem", "heim"],
    &["søppel", "renovasjon", "avfall"],
    &["utslipp", "utslepp"],
    &["mengde", "mengd"],
    &["samferdsel", "trafikk"],
    &["kollektiv", "buss"],
    &["valg", "val"],
    &["velger", "veljar"],
    &["tilskudd", "tilskot"],
];

/// Every word with its group.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    GROUPS.iter().flat_map(|group| group.iter().map(|word| (*word, *group)))
}
