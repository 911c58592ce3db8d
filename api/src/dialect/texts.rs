//! Every text of the pages in bokmål, nynorsk and English.

use config::{Access, ColumnType, Frequency, Language, Licence, Theme};

macro_rules! words {
    ($($name:ident: $nb:literal, $nn:literal, $en:literal;)+) => {
        /// The fixed texts of the pages in one language.
        pub(crate) struct Words {
            $(
                #[doc = concat!("`", $en, "`")]
                pub(crate) $name: &'static str,
            )+
        }

        const NB: Words = Words { $($name: $nb),+ };
        const NN: Words = Words { $($name: $nn),+ };
        const EN: Words = Words { $($name: $en),+ };
    };
}

words! {
    skip: "Hopp til innholdet", "Hopp til innhaldet", "Skip to the content";
    languages: "Språk", "Språk", "Language";
    home: "Alle datasett", "Alle datasett", "All datasets";
    about_api: "API", "API", "API";
    search: "Søk", "Søk", "Search";
    search_label: "Søk i datasett", "Søk i datasett", "Search the datasets";
    narrow: "Avgrens listen", "Avgrens lista", "Narrow the list";
    found: "datasett", "datasett", "datasets";
    nothing_found: "Ingen datasett passer til søket.", "Ingen datasett passar til søket.", "No dataset matches the search.";
    not_published: "Ikke publisert ennå", "Ikkje publisert enno", "Not published yet";
    not_published_long: "Datasettet er beskrevet, men ikke publisert ennå. Data kommer etter den første vellykkede hentingen.", "Datasettet er skildra, men ikkje publisert enno. Data kjem etter den første vellukka hentinga.", "The dataset is described, but not published yet. Data follows the first successful run.";
    not_open: "Datasettet er beskrevet her, men dataene er ikke åpne. Spør kontaktpunktet.", "Datasettet er skildra her, men dataa er ikkje opne. Spør kontaktpunktet.", "The dataset is described here, but its data is not open. Ask the contact point.";
    late_since: "Data kan være foreldet: ingen oppdatering har lykkes siden", "Data kan vere forelda: inga oppdatering har lukkast sidan", "The data may be out of date: no update has succeeded since";
    late_ever: "Ingen oppdatering har lykkes ennå, selv om den skulle ha gjort det.", "Inga oppdatering har lukkast enno, sjølv om ho skulle ha gjort det.", "No update has succeeded yet, although one should have.";
    rows: "rader", "rader", "rows";
    rows_head: "Rader", "Rader", "Rows";
    updated: "Sist oppdatert", "Sist oppdatert", "Last updated";
    publisher: "Utgiver", "Utgjevar", "Publisher";
    access: "Tilgangsnivå", "Tilgangsnivå", "Access level";
    licence: "Lisens", "Lisens", "Licence";
    themes: "Tema", "Tema", "Theme";
    keywords: "Emneord", "Emneord", "Keywords";
    frequency: "Oppdateringsfrekvens", "Oppdateringsfrekvens", "Update frequency";
    issued: "Utgivelsesdato", "Utgjevingsdato", "Release date";
    provenance: "Opphav", "Opphav", "Provenance";
    contact: "Kontaktpunkt", "Kontaktpunkt", "Contact point";
    about: "Om datasettet", "Om datasettet", "About the dataset";
    description: "Beskrivelse", "Skildring", "Description";
    preview: "Forhåndsvisning", "Førehandsvising", "Preview";
    preview_help: "Lenken i et kolonnehode sorterer, lenken i en celle viser radene med den verdien.", "Lenkja i eit kolonnehovud sorterer, lenkja i ei celle viser radene med den verdien.", "The link in the head of a column sorts, the link in a cell shows the rows with that value.";
    preview_chosen: "De første radene i utvalget", "Dei første radene i utvalet", "The first rows of the selection";
    preview_remove: "Fjern avgrensningen", "Fjern avgrensinga", "Remove the condition";
    preview_nothing: "Ingen rader passer.", "Ingen rader passar.", "No row matches.";
    preview_same: "Det samme utvalget", "Det same utvalet", "The same selection";
    preview_all: "Vis alle rader", "Vis alle rader", "Show all rows";
    preview_caption: "De første radene i gjeldende versjon", "Dei første radene i gjeldande versjon", "The first rows of the current version";
    map: "Kart", "Kart", "Map";
    map_system: "Koordinatsystem", "Koordinatsystem", "Coordinate system";
    map_extent: "Utstrekning øst og nord", "Utstrekning aust og nord", "Extent east and north";
    map_features: "objekter", "objekt", "features";
    map_of: "av", "av", "of";
    map_alone: "Bare kartet (SVG)", "Berre kartet (SVG)", "The map alone (SVG)";
    map_north: "Nord er opp", "Nord er opp", "North is up";
    map_in: "Zoom inn", "Zoom inn", "Zoom in";
    map_out: "Zoom ut", "Zoom ut", "Zoom out";
    map_left: "Mot vest", "Mot vest", "To the west";
    map_right: "Mot øst", "Mot aust", "To the east";
    map_up: "Mot nord", "Mot nord", "To the north";
    map_down: "Mot sør", "Mot sør", "To the south";
    map_all: "Hele kartet", "Heile kartet", "The whole map";
    map_failed: "Kartet kunne ikke tegnes nå. Prøv igjen om litt.", "Kartet kunne ikkje teiknast no. Prøv igjen om litt.", "The map could not be drawn now. Try again in a moment.";
    all_rows: "Alle rader som JSON", "Alle rader som JSON", "All rows as JSON";
    schema: "Kolonner", "Kolonnar", "Columns";
    schema_caption: "Kolonnene med type, enhet og beskrivelse", "Kolonnane med type, eining og skildring", "The columns with type, unit and description";
    column: "Kolonne", "Kolonne", "Column";
    title: "Tittel", "Tittel", "Title";
    kind: "Type", "Type", "Type";
    unit: "Enhet", "Eining", "Unit";
    codes: "Kodeliste", "Kodeliste", "Code list";
    key: "nøkkel", "nøkkel", "key";
    downloads: "Distribusjoner", "Distribusjonar", "Distributions";
    more_files: "Flere filer", "Fleire filer", "More files";
    downloads_caption: "Filer som kan lastes ned", "Filer som kan lastast ned", "Files to download";
    file: "Fil", "Fil", "File";
    format: "Format", "Format", "Format";
    size: "Størrelse", "Storleik", "Size";
    checksum: "Sjekksum (SHA-256)", "Sjekksum (SHA-256)", "Checksum (SHA-256)";
    parquet_help: "Parquet er et kompakt tabellformat for analyseverktøy. Velg CSV for regneark.", "Parquet er eit kompakt tabellformat for analyseverktøy. Vel CSV for rekneark.", "Parquet is a compact table format for analysis tools. Choose CSV for spreadsheets.";
    fdk: "Datasettet i den nasjonale katalogen, når den høster herfra", "Datasettet i den nasjonale katalogen, når han haustar herifrå", "The dataset in the national catalogue, once that harvests from here";
    rdf: "Beskrivelsen som RDF", "Skildringa som RDF", "The description as RDF";
    versions: "Versjoner", "Versjonar", "Versions";
    versions_all: "Alle versjoner (JSON)", "Alle versjonar (JSON)", "All versions (JSON)";
    versions_caption: "Publiserte versjoner, nyeste først", "Publiserte versjonar, nyaste først", "Published versions, newest first";
    version: "Versjon", "Versjon", "Version";
    published: "Publisert", "Publisert", "Published";
    added: "Nye", "Nye", "Added";
    changed: "Endret", "Endra", "Changed";
    removed: "Fjernet", "Fjerna", "Removed";
    withdrawn: "Trukket tilbake", "Trekt tilbake", "Withdrawn";
    erased: "Erstattet etter sletting", "Erstatta etter sletting", "Replaced after an erasure";
    retention: "Slettet etter lagringsregelen", "Sletta etter lagringsregelen", "Deleted by the rule of retention";
    names_withdrawn: "Filer med personnavn er trukket tilbake", "Filer med personnamn er trekte tilbake", "Files with names of persons were withdrawn";
    files_left: "filer er igjen", "filer er att", "files are left";
    instead: "Bruk versjon", "Bruk versjon", "Use version";
    changes_feed: "Endringer siden en versjon (JSON)", "Endringar sidan ein versjon (JSON)", "Changes since a version (JSON)";
    quality: "Kvalitetskontroll", "Kvalitetskontroll", "Quality checks";
    quality_caption: "Kontroller før publisering", "Kontrollar før publisering", "Checks before publication";
    gate: "Kontroll", "Kontroll", "Check";
    checked: "Kontrollert", "Kontrollert", "Checked";
    findings: "Funn", "Funn", "Findings";
    no_findings: "Ingen funn", "Ingen funn", "No findings";
    left_out: "rader er utelatt", "rader er utelatne", "rows are left out";
    use_it: "Bruk datasettet", "Bruk datasettet", "Use the dataset";
    cite: "Slik siterer du", "Slik siterer du", "How to cite";
    manifest: "Manifest (JSON)", "Manifest (JSON)", "Manifest (JSON)";
    sources: "Kilder", "Kjelder", "Sources";
    sources_caption: "Hvor dataene er hentet", "Kvar dataa er henta", "Where the data was fetched";
    source: "Kilde", "Kjelde", "Source";
    fetched: "Hentet", "Henta", "Fetched";
    dataset_page: "Til datasettet", "Til datasettet", "To the dataset";
    newer: "Det finnes en nyere versjon:", "Det finst ein nyare versjon:", "There is a newer version:";
    docs: "Adresser i dette API-et", "Adresser i dette API-et", "The addresses of this API";
    docs_lead: "Maskinlesbar beskrivelse:", "Maskinlesbar skildring:", "Machine-readable description:";
    address: "Adresse", "Adresse", "Address";
    answers: "Svarer med", "Svarar med", "Answers with";
    errors: "Feilkoder", "Feilkodar", "Error codes";
    errors_lead: "Hver feil har en fast kode, en forklaring og et råd. Feil hos tjeneren viser bare en identifikator som kan sendes til utgiveren.", "Kvar feil har ein fast kode, ei forklaring og eit råd. Feil hos tenaren viser berre ein identifikator som kan sendast til utgjevaren.", "Every error has a stable code, an explanation and a hint. A failure of the server shows only an identifier, which can be sent to the publisher.";
    code: "Kode", "Kode", "Code";
    meaning: "Betydning", "Tyding", "Meaning";
    problem: "Noe gikk galt", "Noko gjekk gale", "Something went wrong";
    problem_not_found: "Siden finnes ikke", "Sida finst ikkje", "The page does not exist";
    scroll: "Tabell som kan rulles sidelengs", "Tabell som kan rullast sidelengs", "Table that scrolls sideways";
    feed: "Nye versjoner (Atom)", "Nye versjonar (Atom)", "New versions (Atom)";
    gate_report: "Kontrollrapport", "Kontrollrapport", "Gate report";
    rules_of: "Reglene slik de gjelder", "Reglane slik dei gjeld", "The rules as they stand on";
    selection: "Utvalg", "Utval", "Selection";
    rows_read: "Rader lest", "Rader lesne", "Rows read";
    rows_published: "Rader publisert", "Rader publiserte", "Rows published";
    rows_rejected: "Rader avvist", "Rader avviste", "Rows rejected";
    rows_withheld: "Rader holdt tilbake", "Rader haldne tilbake", "Rows withheld";
    rows_embargoed: "Rader som venter på frigivelse", "Rader som ventar på frigjeving", "Rows under embargo";
    source_counts: "Kilden svarte med / teller selv", "Kjelda svarte med / tel sjølv", "The source answered / counts itself";
    names_of_persons: "Navn på personer", "Namn på personar", "Names of persons";
    names_masked: "Tekster der navn er maskert", "Tekstar der namn er maskerte", "Texts in which names are masked";
    names_decision: "Vedtak om navn", "Vedtak om namn", "Decision about names";
    names_until: "Neste navn tas bort", "Neste namn blir teke bort", "Next name goes on";
    sequence_gaps: "Numre som mangler i rekken", "Nummer som manglar i rekkja", "Numbers missing in the sequence";
    sequence_unchecked: "Ikke kontrollert: numrene ligger for langt fra hverandre", "Ikkje kontrollert: numra ligg for langt frå kvarandre", "Not checked: the numbers lie too far apart";
    show: "Vis", "Vis", "Show";
    looked_for: "Hva det er lett etter, og hva som er gjort", "Kva det er leita etter, og kva som er gjort", "What was looked for, and what was done";
    rule: "Regel", "Regel", "Rule";
    done: "Gjort", "Gjort", "Done";
    cells: "Celler", "Celler", "Cells";
    not_checked: "Ikke kontrollert", "Ikkje kontrollert", "Not checked";
    ogc: "Kart og GIS (OGC API Features)", "Kart og GIS (OGC API Features)", "Maps and GIS (OGC API Features)";
    ogc_lead: "Datasettene med geometri som OGC API Features: for QGIS, ArcGIS, GDAL og andre kartprogrammer.", "Datasetta med geometri som OGC API Features: for QGIS, ArcGIS, GDAL og andre kartprogram.", "The datasets with a geometry as OGC API Features: for QGIS, ArcGIS, GDAL and other mapping programs.";
    ogc_self: "Dette dokumentet", "Dette dokumentet", "This document";
    ogc_alternate: "Dette dokumentet i en annen form", "Dette dokumentet i ei anna form", "This document in another form";
    ogc_api: "Beskrivelse av API-et", "Skildring av API-et", "Description of the API";
    ogc_conformance: "Samsvarsklasser", "Samsvarsklassar", "Conformance classes";
    ogc_collections: "Samlinger", "Samlingar", "Collections";
    ogc_collection: "Samlingen", "Samlinga", "The collection";
    ogc_items: "Objekter", "Objekt", "Features";
    ogc_next: "Neste side", "Neste side", "Next page";
    ogc_links: "Lenker", "Lenkjer", "Links";
    ogc_queryables: "Egenskaper i filtre", "Eigenskapar i filter", "Properties in filters";
    ogc_properties: "Egenskaper", "Eigenskapar", "Properties";
    ogc_parameter: "Parameter", "Parameter", "Parameter";
    ogc_extent: "Utstrekning (lengde og bredde, WGS 84)", "Utstrekning (lengd og breidd, WGS 84)", "Extent (longitude and latitude, WGS 84)";
    ogc_period: "Tidsrom", "Tidsrom", "Period";
    ogc_storage: "Lagret i koordinatsystemet", "Lagra i koordinatsystemet", "Stored in the coordinate system";
    ogc_systems: "Koordinatsystemer", "Koordinatsystem", "Coordinate systems";
    ogc_tiles: "Vektorfliser", "Vektorfliser", "Vector tiles";
    ogc_tile: "En flis", "Ei flis", "A tile";
    ogc_tile_place: "Zoomnivå, rad fra nord eller kolonne fra vest, etter grensene i flissettet.", "Zoomnivå, rad frå nord eller kolonne frå vest, etter grensene i flissettet.", "Zoom, row from the north or column from the west, within the limits of the tile set.";
    ogc_tiles_thinned: "En flis viser høyst {} objekter og 1 MiB: de største, og av punkter et utvalg som er det samme på alle zoomnivåer.", "Ei flis viser høgst {} objekt og 1 MiB: dei største, og av punkt eit utval som er det same på alle zoomnivå.", "A tile shows at most {} features and 1 MiB: the largest ones, and of points a selection that is the same at all zooms.";
    ogc_matrix_sets: "Rutenett for fliser", "Rutenett for fliser", "Tile matrix sets";
    ogc_matrix_set: "Rutenettet", "Rutenettet", "The tile matrix set";
    ogc_feature_id: "Objektets nøkkel; verdiene i en sammensatt nøkkel står med komma mellom. Uten nøkkel: radnummeret i versjonen, fra 1.", "Nøkkelen til objektet; verdiane i ein samansett nøkkel står med komma mellom. Utan nøkkel: radnummeret i versjonen, frå 1.", "The feature's key; the values of a composite key stand with commas between them. Without a key: the row number in the version, from 1.";
    status: "Driftsstatus", "Driftsstatus", "Status";
    status_lead: "Hvordan den siste kjøringen av hvert datasett gikk. Det som trenger tilsyn, står først; den siste gode versjonen vises uansett.", "Korleis den siste køyringa av kvart datasett gjekk. Det som treng tilsyn, står først; den siste gode versjonen er synleg uansett.", "How the last run of every dataset went. What needs somebody comes first; the last good version is served all the same.";
    status_caption: "Datasettene og den siste kjøringen av hvert", "Datasetta og den siste køyringa av kvart", "The datasets and the last run of each";
    status_help: "Kommandoen allmenning explain forteller mer om en kjøring.", "Kommandoen allmenning explain fortel meir om ei køyring.", "The command allmenning explain tells more of a run.";
    status_json: "Som JSON", "Som JSON", "As JSON";
    dataset: "Datasett", "Datasett", "Dataset";
    state: "Tilstand", "Tilstand", "State";
    last_run: "Siste kjøring", "Siste køyring", "Last run";
    last_success: "Sist i orden", "Sist i orden", "Last well";
    next_run: "Neste kjøring", "Neste køyring", "Next run";
    late: "forsinket", "forseinka", "late";
    catalogue_rdf: "Katalogen som RDF", "Katalogen som RDF", "The catalogue as RDF";
}

/// The texts of a language.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::Nb => &NB,
        Language::Nn => &NN,
        Language::En => &EN,
    }
}

/// How a run ended; `None`: there was none.
pub(crate) fn outcome(word: Option<&str>, language: Language) -> &'static str {
    language.pick(match word {
        Some("published") => ["Ny versjon publisert", "Ny versjon publisert", "New version published"],
        Some("unchanged") => ["Uendret siden sist", "Uendra sidan sist", "Unchanged"],
        Some("held") => ["Venter på godkjenning", "Ventar på godkjenning", "Waits for approval"],
        Some("blocked") => ["Stanset av kontrollene", "Stansa av kontrollane", "Stopped by the checks"],
        Some(_) => ["Feilet", "Feila", "Failed"],
        None => ["Ikke kjørt", "Ikkje køyrt", "Not run"],
    })
}

/// An EU data theme, in the words of data.norge.no.
#[rustfmt::skip]
pub(crate) fn theme(value: Theme, language: Language) -> &'static str {
    language.pick(match value {
        Theme::Agri => ["Landbruk, fiskeri, skogbruk og mat", "Landbruk, fiskeri, skogbruk og mat", "Agriculture, fisheries, forestry and food"],
        Theme::Econ => ["Økonomi og finans", "Økonomi og finans", "Economy and finance"],
        Theme::Educ => ["Utdanning, kultur og sport", "Utdanning, kultur og sport", "Education, culture and sport"],
        Theme::Ener => ["Energi", "Energi", "Energy"],
        Theme::Envi => ["Miljø", "Miljø", "Environment"],
        Theme::Gove => ["Forvaltning og offentlig sektor", "Forvaltning og offentleg sektor", "Government and public sector"],
        Theme::Heal => ["Helse", "Helse", "Health"],
        Theme::Intr => ["Internasjonale temaer", "Internasjonale tema", "International issues"],
        Theme::Just => ["Justis, rettssystem og allmenn sikkerhet", "Justis, rettssystem og allmenn tryggleik", "Justice, legal system and public safety"],
        Theme::Provisional => ["Midlertidige data", "Mellombelse data", "Provisional data"],
        Theme::Regi => ["Regioner og byer", "Regionar og byar", "Regions and cities"],
        Theme::Soci => ["Befolkning og samfunn", "Befolkning og samfunn", "Population and society"],
        Theme::Tech => ["Vitenskap og teknologi", "Vitskap og teknologi", "Science and technology"],
        Theme::Tran => ["Transport", "Transport", "Transport"],
    })
}

/// How often the data changes.
#[rustfmt::skip]
pub(crate) fn frequency(value: Frequency, language: Language) -> &'static str {
    language.pick(match value {
        Frequency::Cont => ["Kontinuerlig", "Kontinuerleg", "Continuous"],
        Frequency::Hourly => ["Hver time", "Kvar time", "Hourly"],
        Frequency::Daily => ["Daglig", "Dagleg", "Daily"],
        Frequency::Weekly => ["Ukentlig", "Kvar veke", "Weekly"],
        Frequency::Biweekly => ["Hver andre uke", "Annakvar veke", "Every two weeks"],
        Frequency::Monthly => ["Månedlig", "Månadleg", "Monthly"],
        Frequency::Quarterly => ["Kvartalsvis", "Kvartalsvis", "Quarterly"],
        Frequency::Semiannual => ["Hvert halvår", "Kvart halvår", "Twice a year"],
        Frequency::Annual => ["Årlig", "Årleg", "Annual"],
        Frequency::Irreg => ["Uregelmessig", "Uregelmessig", "Irregular"],
        Frequency::Never => ["Aldri", "Aldri", "Never"],
        Frequency::Unknown => ["Ukjent", "Ukjend", "Unknown"],
    })
}

/// Who may see the data, in the words of data.norge.no.
#[rustfmt::skip]
pub(crate) fn access(value: Access, language: Language) -> &'static str {
    language.pick(match value {
        Access::Public => ["Åpne data", "Opne data", "Open data"],
        Access::Restricted => ["Begrenset offentlighet", "Avgrensa offentlegheit", "Restricted"],
        Access::NonPublic => ["Unntatt offentlighet", "Unnateke offentlegheit", "Not public"],
    })
}

/// A licence: its name and the page that explains it.
pub(crate) fn licence(value: Licence) -> (&'static str, &'static str) {
    match value {
        Licence::CcBy40 => ("Creative Commons BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        Licence::Cc0 => ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        Licence::Nlod20 => ("NLOD 2.0", "https://data.norge.no/nlod/no/2.0"),
    }
}

/// A column type in words.
pub(crate) fn column_type(kind: &ColumnType, language: Language) -> &'static str {
    language.pick(match kind {
        ColumnType::Text {} => ["tekst", "tekst", "text"],
        ColumnType::Code { .. } => ["kode", "kode", "code"],
        ColumnType::Integer {} => ["heltall", "heiltal", "integer"],
        ColumnType::Number {} => ["tall", "tal", "number"],
        ColumnType::Decimal { .. } => ["desimaltall", "desimaltal", "decimal"],
        ColumnType::Boolean { .. } => ["ja eller nei", "ja eller nei", "boolean"],
        ColumnType::Date { .. } => ["dato", "dato", "date"],
        ColumnType::Datetime { .. } => ["tidspunkt", "tidspunkt", "date and time"],
        ColumnType::Geometry { .. } => ["geometri", "geometri", "geometry"],
    })
}

/// A number with its thousands apart: a no-break space in Norwegian, a comma in English.
pub(crate) fn number(value: u64, language: Language) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(if language == Language::En { ',' } else { '\u{a0}' });
        }
        out.push(digit);
    }
    out
}

/// A size in decimal units (1 kB = 1000 bytes).
pub(crate) fn size(bytes: u64, language: Language) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes}\u{a0}B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = bytes.saturating_mul(10) / unit;
    let comma = if language == Language::En { '.' } else { ',' };
    format!("{}{comma}{}\u{a0}{name}", tenths / 10, tenths % 10)
}

/// An instant on a Norwegian clock.
pub(crate) fn instant(time: jiff::Timestamp, language: Language) -> String {
    let local = time.in_tz("Europe/Oslo").unwrap_or_else(|_| time.to_zoned(jiff::tz::TimeZone::UTC));
    let pattern = if language == Language::En { "%-d %B %Y %H:%M" } else { "%d.%m.%Y %H:%M" };
    local.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sizes_and_times_by_language() {
        assert_eq!(number(1_234_567, Language::Nb), "1\u{a0}234\u{a0}567");
        assert_eq!(number(1_234, Language::En), "1,234");
        assert_eq!(number(999, Language::En), "999");
        assert_eq!(size(999, Language::Nb), "999\u{a0}B");
        assert_eq!(size(1_550, Language::Nb), "1,5\u{a0}kB");
        assert_eq!(size(86_000_000, Language::En), "86.0\u{a0}MB");
        let time: jiff::Timestamp = "2026-07-01T22:30:00Z".parse().unwrap();
        assert_eq!(instant(time, Language::Nn), "02.07.2026 00:30");
    }

    #[test]
    fn no_text_is_empty_and_languages_differ() {
        for language in Language::ALL {
            assert!(!words(language).skip.is_empty() && !theme(Theme::Gove, language).is_empty());
        }
        assert_ne!(words(Language::Nb).nothing_found, words(Language::Nn).nothing_found);
    }
}
