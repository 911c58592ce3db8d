//! Pages for people.

use super::get;

#[actix_web::test]
async fn a_dataset_page_shows_everything_a_reader_needs() {
    let answer = get("/nb/d/boliger", &[]).await;
    let page = answer.text();
    for part in [
        "<html lang=\"nb\">",
        "class=\"skip\"",
        "Boliger &#60;i&#62;i&#60;/i&#62; Testvik",
        "Kommunale boliger.",
        "Creative Commons Zero",
        "Regioner og byer",
        "Åpne data",
        "mailto:data@testvik.example",
        "rel=\"nofollow\">Bakken 1</a></td><td><a",
        "<code>antall</code>",
        "<td>m2</td>",
        "/d/boliger/v/1/boliger.parquet",
        "Ingen funn",
        "hreflang=\"nn\"",
        "https://data.testvik.example/d/boliger/v/1",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // Data for search engines, and nothing that runs.
    assert_eq!(page.matches("<script").count(), 1);
    let data =
        page.split("<script type=\"application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.unwrap()).unwrap();
    assert_eq!((&data["@type"], &data["inLanguage"]), (&"Dataset".into(), &"nb".into()));
    assert!(data["distribution"][0]["contentUrl"].as_str().unwrap().contains("/d/boliger/v/1/"), "{data}");
}

#[actix_web::test]
async fn the_gate_report_is_on_the_page_in_three_languages() {
    for (lang, parts) in [
        ("nb", ["Rader holdt tilbake", "Raden er holdt tilbake", "Ikke kontrollert", "Alt fra 2024"]),
        ("nn", ["Rader haldne tilbake", "Rada er halden tilbake", "Ikkje kontrollert", "Alt fra 2024"]),
        ("en", ["Rows withheld", "The row is withheld", "Not checked", "All since 2024"]),
    ] {
        for uri in [format!("/{lang}/d/boliger"), format!("/{lang}/d/boliger/v/1")] {
            let answer = get(&uri, &[]).await;
            for part in parts.iter().chain(&["2026-01-02", "2025: 3–5", "/d/boliger/v/1/gate-report.json"]) {
                assert!(answer.text().contains(part), "{uri}: {part}\n{}", answer.text());
            }
        }
    }
}

#[actix_web::test]
async fn a_dataset_that_is_late_says_since_when() {
    let time = jiff::Timestamp::from_second(crate::testing::PUBLISHED).unwrap();
    for (success, late, told) in [
        (Some(time), true, "ingen oppdatering har lykkes siden 02.01.2026 04:04."),
        (None, true, "Ingen oppdatering har lykkes ennå"),
        (Some(time), false, ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let standing = catalog::Standing { last_success: success, late, ..catalog::Standing::default() };
        let (_, standings) = tokio::sync::watch::channel([("boliger".parse().unwrap(), standing)].into());
        let (_, schedule) = tokio::sync::watch::channel(crate::state::Schedule::Off);
        let state = crate::testing::state(folder.path()).await;
        let state = std::sync::Arc::into_inner(state.into_inner()).unwrap().watching(schedule, standings);
        let state = actix_web::web::Data::new(state);
        let page = super::ask_state(&state, actix_web::http::Method::GET, "/nb/d/boliger", &[]).await;
        assert_eq!(
            page.text().contains("ingen oppdatering har") || page.text().contains("Ingen oppdatering har"),
            late
        );
        assert!(page.text().contains(told), "{told}\n{}", page.text());
        let other = super::ask_state(&state, actix_web::http::Method::GET, "/nb/d/venter", &[]).await;
        assert!(!other.text().contains("oppdatering har"));
        let metrics = super::ask_state(&state, actix_web::http::Method::GET, "/metrics", &[]).await;
        let line = format!("allmenning_dataset_late{{dataset=\"boliger\"}} {}", u8::from(late));
        assert!(metrics.text().contains(&line), "{}", metrics.text());
    }
}

#[actix_web::test]
async fn the_status_page_shows_what_needs_somebody_first() {
    let folder = tempfile::tempdir().unwrap();
    let time = jiff::Timestamp::from_second(crate::testing::PUBLISHED).unwrap();
    let held = catalog::Standing {
        last_run: Some((time, "held")),
        last_success: Some(time),
        codes: vec!["drift-row-loss".to_owned()],
        ..catalog::Standing::default()
    };
    let (_, standings) = tokio::sync::watch::channel([("venter".parse().unwrap(), held)].into());
    let (_, schedule) = tokio::sync::watch::channel(crate::state::Schedule::Off);
    let state = crate::testing::state(folder.path()).await;
    let state = std::sync::Arc::into_inner(state.into_inner()).unwrap().watching(schedule, standings);
    let state = actix_web::web::Data::new(state);
    let get = async |uri: &str| super::ask_state(&state, actix_web::http::Method::GET, uri, &[]).await;
    let answer = get("/nn/status").await;
    let page = answer.text();
    let [held, other] = ["/nn/d/venter", "/nn/d/boliger"].map(|link| page.find(link).unwrap());
    assert!(held < other && page.contains("<strong>Ventar på godkjenning</strong>"), "{page}");
    assert!(page.contains("<code>drift-row-loss</code>") && page.contains("Ikkje køyrt"), "{page}");
    assert!(get("/status?lang=en").await.text().contains("Waits for approval"));
    let json: serde_json::Value = serde_json::from_str(get("/status.json").await.text()).unwrap();
    let datasets = json["datasets"].as_array().unwrap();
    let waits = datasets.iter().find(|dataset| dataset["dataset"] == "venter").unwrap();
    assert_eq!((waits["outcome"].as_str(), waits["codes"][0].as_str()), (Some("held"), Some("drift-row-loss")));
}

#[actix_web::test]
async fn pages_come_in_three_languages() {
    for (uri, header, lang, text) in [
        ("/d/boliger", "", "nb", "Tilgangsnivå"),
        ("/d/boliger", "nn", "nn", "Bustader i Testvik"),
        ("/d/boliger?lang=en", "nn", "en", "Dwellings in Testvik"),
        ("/en/d/boliger", "nn", "en", "Access level"),
        ("/nn", "en", "nn", "Opne data"),
        ("/nn/d/boliger/v/1", "", "nn", "Bustader i Testvik, versjon 1"),
        ("/docs?lang=en", "", "en", "The addresses of this API"),
    ] {
        let answer = get(uri, &[("accept-language", header), ("accept", "text/html")]).await;
        assert!(answer.text().contains(&format!("<html lang=\"{lang}\">")), "{uri} {header}");
        assert!(answer.text().contains(text), "{uri} {header}: {}", answer.text());
    }
    assert_eq!(get("/fr/d/boliger", &[]).await.status, 404);
}

#[actix_web::test]
async fn the_list_searches_and_escapes_what_was_typed() {
    let all = get("/", &[]).await;
    assert!(all.text().contains("href=\"/nb/d/boliger\"") && all.text().contains("Ikke publisert ennå"));
    let none = get("/?q=%3Cscript%3Exyzzy", &[]).await;
    assert!(none.text().contains("Ingen datasett passer") && !none.text().contains("<script"));
}

#[actix_web::test]
async fn what_is_not_published_or_not_open_says_so() {
    let waiting = get("/nb/d/venter", &[]).await;
    assert_eq!(waiting.status, 200);
    assert!(waiting.text().contains("Ikke publisert ennå") && waiting.text().contains("<code>antall</code>"));
    let closed = get("/nb/d/lukket", &[]).await;
    assert!(closed.text().contains("dataene er ikke åpne"));
    assert!(!closed.text().contains("Bakken") && !closed.text().contains("lukket.parquet"));
}

#[actix_web::test]
async fn every_table_is_labelled() {
    for uri in ["/nb/d/boliger", "/nb/d/boliger/v/1", "/docs", "/docs/errors"] {
        let answer = get(uri, &[]).await;
        let page = answer.text();
        let count = |part: &str| page.matches(part).count();
        assert!(count("<table>") > 0, "{uri}");
        assert_eq!(count("<table>"), count("<caption>"), "{uri}");
        assert_eq!(count("<table>"), count("role=\"region\" tabindex=\"0\" aria-label="), "{uri}");
        assert_eq!(count("<h1>"), 1, "{uri}");
        assert_eq!(count("<th"), count("<th scope=") + count("<thead>"), "{uri}");
    }
}

/// The table on the page of a dataset is sorted and narrowed by links, with what the API knows as the same question.
#[actix_web::test]
async fn the_preview_is_sorted_and_narrowed_by_links() {
    let page = async |query: &str| get(&format!("/nb/d/boliger{query}"), &[]).await;
    let text = page("").await.text().to_owned();
    let link = |text: &str, before: &str, after: &str| {
        let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("{before}\n{text}"));
        rest.split(after).next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
    };
    assert!(!text.contains("aria-sort") && !text.contains("class=\"inline chips\""));
    let sorted = page("?order=antall.asc&utm_source=nyhetsbrev").await.text().to_owned();
    assert!(sorted.contains("aria-sort=\"ascending\"><a href=\"?order=antall.desc#preview\""), "{sorted}");
    let cell = link(&sorted, "<td><a href=\"", "#preview\"");
    assert!(cell.contains("order=antall.asc") && cell.contains("=eq."), "{cell}");
    let narrowed = page(&cell).await.text().to_owned();
    assert!(narrowed.contains("class=\"inline chips\"") && narrowed.contains("De første radene i utvalget"));
    assert_eq!(narrowed.matches("<tr><td>").count(), 1, "one row has that value\n{narrowed}");
    let rows = link(&narrowed, "d/boliger/rows?", "\"");
    assert_eq!(get(&format!("/d/boliger/rows?{rows}"), &[]).await.json()["rows"].as_array().unwrap().len(), 1);
    let nothing = page("?antall=eq.123456").await.text().to_owned();
    assert!(nothing.contains("Ingen rader passer."));
    assert_eq!(page("?antall=eq.x").await.status, 400);
    assert_eq!(page("?order=finnes_ikke").await.status, 400);
}
