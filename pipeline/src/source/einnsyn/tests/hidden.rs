//! What must not be shown: embargoed rows and the rows of hidden and closed units.

use super::*;

#[tokio::test]
async fn an_embargo_is_kept_and_passes() {
    let body = Body::new(world(25), &json!({}));
    body.world().row(&jp(3))["accessibleAfter"] = "2026-03-01T12:30:00Z".into();
    body.run("2026-03-01T12:00:00Z").await;
    assert!(!body.ids().await.contains(&jp(3)));
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Same, "its old date hides it from the changes");
    assert_eq!(body.run("2026-03-02T12:00:00Z").await, Run::Changed, "the window finds it");
    body.is_whole().await;
    assert!(body.ids().await.contains(&jp(3)));
}

#[tokio::test]
async fn with_a_key_embargoed_and_hidden_rows_are_left_out_all_the_same() {
    let body = Body::new(world(25), &json!({}));
    {
        let mut world = body.world();
        world.shows_all = true;
        world.row(&jp(3))["accessibleAfter"] = "2026-03-01T12:30:00Z".into();
        world.row(&jp(4))["administrativEnhetObjekt"] = "enh_skjult".into();
        world.row(&jp(5))["administrativEnhetObjekt"] = "enh_under_skjult".into();
        world.row(&jp(6))["administrativEnhetObjekt"] = "enh_stengt".into();
        world.row(&jp(7))["korrespondansepart"][0]["accessibleAfter"] = "2026-03-01T12:45:00Z".into();
    }
    body.run("2026-03-01T12:00:00Z").await;
    let ids = body.ids().await;
    assert_eq!(ids.len(), 21);
    for number in [3, 4, 5, 6] {
        assert!(!ids.contains(&jp(number)), "{ids:?}");
    }
    let rows = body.rows().await;
    let part = |rows: &[Value]| rows.iter().find(|row| row["id"] == jp(7)).unwrap()["korrespondansepart"].clone();
    assert_eq!(part(&rows), json!([]));
    assert_eq!(body.run("2026-03-01T12:40:00Z").await, Run::Changed, "it comes when its embargo passes");
    assert!(body.ids().await.contains(&jp(3)));
    assert_eq!(body.run("2026-03-01T12:50:00Z").await, Run::Changed, "and so does a part of a row");
    assert_eq!(part(&body.rows().await)[0]["korrespondansepartNavn"], "***");
    assert_eq!(body.memory().await["due"], json!({}));
}

#[tokio::test]
async fn a_unit_that_is_hidden_takes_its_rows_along_at_once_and_brings_them_back() {
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    let all = body.ids().await.len();
    body.world().unit("enh_helse")["skjult"] = true.into();
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Changed);
    body.is_whole().await;
    assert!(body.ids().await.len() < all);
    body.world().unit("enh_helse")["skjult"] = false.into();
    assert_eq!(body.run("2026-03-01T14:00:00Z").await, Run::Changed);
    body.is_whole().await;
    assert_eq!(body.ids().await.len(), all);
}

#[tokio::test]
async fn closed_units_are_read_if_they_are_wanted() {
    let body = Body::new(world(25), &json!({ "closed_units": true }));
    body.world().row(&jp(6))["administrativEnhetObjekt"] = "enh_stengt".into();
    body.run("2026-03-01T12:00:00Z").await;
    assert!(body.ids().await.contains(&jp(6)));
    let without = Body::new(world(25), &json!({}));
    without.world().row(&jp(6))["administrativEnhetObjekt"] = "enh_stengt".into();
    without.run("2026-03-01T12:00:00Z").await;
    assert!(!without.ids().await.contains(&jp(6)));
}

#[tokio::test]
async fn a_unit_that_moved_away_takes_its_rows_along_and_one_that_vanished_leaves_them_to_the_sweep() {
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.world().unit("enh_helse")["parent"] = "enh_annen".into();
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Changed);
    let ids = body.ids().await;
    assert!(ids.contains(&jp(1)) && !ids.contains(&jp(0)), "{ids:?}");
    let other = Body::new(world(25), &json!({}));
    other.run("2026-03-01T12:00:00Z").await;
    other.world().units.retain(|unit| unit["id"] != "enh_helse");
    assert_eq!(other.run("2026-03-01T13:00:00Z").await, Run::Same);
}

#[tokio::test]
async fn a_body_that_is_unknown_or_hidden_is_an_error_and_nothing_changes() {
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    let rows = body.rows().await;
    body.world().unit("enh_land")["skjult"] = true.into();
    let (code, reason) = body.error("2026-03-01T13:00:00Z").await;
    assert!(code == "source-einnsyn-unit" && reason.contains("hidden"), "{reason}");
    body.world().units.retain(|unit| unit["id"] != "enh_by");
    let (code, reason) = body.error("2026-03-01T14:00:00Z").await;
    assert!(code == "source-einnsyn-unit" && reason.contains("no unit"), "{reason}");
    assert_eq!(body.rows().await, rows);
    body.world().units = units();
    assert_eq!(body.run("2026-03-01T15:00:00Z").await, Run::Same);
}

#[tokio::test]
async fn a_body_without_rows_is_an_error() {
    let body = Body::new(world(0), &json!({}));
    assert_eq!(body.error("2026-03-01T12:00:00Z").await.0, "source-empty");
}
