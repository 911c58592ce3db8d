//! A server that misbehaves: what can be mended is, what cannot is an error that changes nothing.

use super::{
    replay::{Fault, Kind},
    *,
};

/// Faults after which everything is there all the same.
#[tokio::test]
async fn faults_that_pass_lose_and_double_nothing() {
    fn change(world: &mut World) {
        update(world, &jp(2), "2026-02-28T12:00:00Z");
        update(world, &jp(40), "2026-02-28T13:00:00Z");
    }
    fn vanish(world: &mut World) {
        world.remove(&jp(33));
        world.remove(&jp(9));
    }
    let kinds = [
        Kind::Status(500),
        Kind::Status(503),
        Kind::TooMany(1),
        Kind::Slow(Duration::from_millis(300)),
        Kind::Cut,
        Kind::Short(3),
        Kind::Empty,
        Kind::SameRows,
        Kind::Meanwhile(change),
    ];
    for kind in kinds {
        let body = Body::new(world(45), &json!({}));
        body.world().fault(Fault::on_search(2, kind.clone()));
        body.run("2026-03-01T12:00:00Z").await;
        assert!(body.world().faults_are_spent(), "{kind:?}");
        body.is_whole().await;
    }
    // A row that vanishes after it was read stays until two sweeps missed it.
    let body = Body::new(world(45), &json!({}));
    body.world().fault(Fault::on_search(2, Kind::Meanwhile(vanish)));
    body.run("2026-03-01T12:00:00Z").await;
    let ids = body.ids().await;
    assert!(ids.contains(&jp(9)) && !ids.contains(&jp(33)), "{ids:?}");
    body.run("2026-03-08T12:00:00Z").await;
    body.run("2026-03-15T12:00:00Z").await;
    body.is_whole().await;
}

#[tokio::test]
async fn a_row_that_changes_while_it_is_read_is_kept_as_it_is_last() {
    fn change(world: &mut World) {
        update(world, &jp(2), "2026-02-28T12:00:00Z");
    }
    let body = Body::new(world(45), &json!({}));
    body.world().fault(Fault::on_search(3, Kind::Meanwhile(change)));
    body.run("2026-03-01T12:00:00Z").await;
    assert_eq!(body.rows().await[2]["offentligTittel"], "Endret 2026-02-28T12:00:00Z");
    body.is_whole().await;
}

#[tokio::test]
async fn faults_of_the_later_loops_lose_nothing_either() {
    for kind in [Kind::Short(3), Kind::Empty, Kind::TooMany(1), Kind::Cut] {
        let body = Body::new(world(45), &json!({}));
        body.run("2026-03-01T12:00:00Z").await;
        body.world().rows.push(entry_of_old_date());
        body.world().fault(Fault::on_search(3, kind.clone()));
        assert_eq!(body.run("2026-03-08T12:00:00Z").await, Run::Changed, "{kind:?}");
        assert!(body.world().faults_are_spent(), "{kind:?}");
        body.is_whole().await;
        assert_eq!(body.memory().await["misses"], json!([]), "{kind:?}");
    }
}

/// Faults that stay are errors; the next run without them finds everything.
#[tokio::test]
async fn faults_that_stay_change_nothing() {
    let cases = [
        (Kind::Html, "source-einnsyn-answer", "web page"),
        (Kind::Malformed, "source-einnsyn-answer", "line 2"),
        (Kind::WrongId, "source-einnsyn-answer", "Journalpost 1 on page 1"),
        (Kind::Circle, "source-einnsyn-circle", "page 2"),
        (Kind::SameRows, "source-einnsyn-circle", "page 3"),
        (Kind::Elsewhere, "source-einnsyn-next", "http://127.0.0.2:9"),
        (Kind::Status(404), "source-http-status", "404"),
        (Kind::Status(500), "source-http-status", "500"),
        (Kind::Status(302), "source-redirects", ""),
    ];
    for (kind, code, reason) in cases {
        let body = Body::new(world(25), &json!({ "attempts": 2 }));
        body.run("2026-03-01T12:00:00Z").await;
        let (rows, memory) = (body.rows().await, body.memory().await);
        body.world().remove(&jp(7));
        update(&mut body.world(), &jp(3), "2026-03-01T12:30:00Z");
        body.world().fault(Fault { on: "/search", nth: 1, times: usize::MAX, kind: kind.clone() });
        let (found, text) = body.error("2026-03-08T12:00:00Z").await;
        assert!(found == code && text.contains(reason), "{kind:?}: {found} {text}");
        assert_eq!((body.rows().await, body.memory().await), (rows, memory), "{kind:?}");
        body.world().forget_faults();
        assert_eq!(body.run("2026-03-08T13:00:00Z").await, Run::Changed, "{kind:?}");
        assert_eq!(body.rows().await[3]["offentligTittel"], "Endret 2026-03-01T12:30:00Z");
    }
}

#[tokio::test]
async fn units_that_cannot_be_read_are_an_error() {
    for (kind, code) in [
        (Kind::Html, "source-einnsyn-answer"),
        (Kind::WrongId, "source-einnsyn-answer"),
        (Kind::Circle, "source-einnsyn-circle"),
    ] {
        let body = Body::new(world(5), &json!({}));
        body.world().fault(Fault { on: "/enhet/enh_by/underenhet", nth: 1, times: usize::MAX, kind: kind.clone() });
        assert_eq!(body.error("2026-03-01T12:00:00Z").await.0, code, "{kind:?}");
        assert_eq!(body.rows().await.len(), 0);
    }
}

#[tokio::test]
async fn a_server_that_is_too_slow_is_an_error_in_time() {
    let body = Body::new(world(5), &json!({ "timeout_seconds": 1 }));
    body.world().fault(Fault::on_search(1, Kind::Slow(Duration::from_secs(5))));
    assert_eq!(body.error("2026-03-01T12:00:00Z").await.0, "source-timeout");
}

#[tokio::test]
async fn a_run_that_is_cut_short_begins_again_where_the_last_one_ended() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    for number in 0..30 {
        update(&mut body.world(), &jp(number), "2026-03-01T12:30:00Z");
    }
    body.world().fault(Fault::on_search(2, Kind::Slow(Duration::from_secs(10))));
    let run = body.run_gated("2026-03-01T13:00:00Z", true);
    assert!(tokio::time::timeout(Duration::from_secs(1), run).await.is_err(), "dropped in the middle");
    assert!(body.rows().await.iter().all(|row| !row["offentligTittel"].as_str().unwrap().starts_with("Endret")));
    body.world().forget_faults();
    body.run("2026-03-01T13:10:00Z").await;
    body.is_whole().await;
    let changed =
        body.rows().await.iter().filter(|row| row["offentligTittel"] == "Endret 2026-03-01T12:30:00Z").count();
    assert_eq!(changed, 30);
}
