//! Rows that are deleted, and rows that only seem to be.

use super::*;

#[tokio::test]
async fn a_row_goes_when_two_sweeps_missed_it() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.world().remove(&jp(7));
    assert_eq!(body.run("2026-03-08T12:00:00Z").await, Run::Same, "missed once, kept");
    assert!(body.ids().await.contains(&jp(7)));
    assert_eq!(body.memory().await["misses"], json!([jp(7)]));
    assert_eq!(body.run("2026-03-09T12:00:00Z").await, Run::Same, "a window takes nothing out");
    assert_eq!(body.run("2026-03-15T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
    assert_eq!(body.memory().await["misses"], json!([]));
}

#[tokio::test]
async fn a_row_that_comes_back_starts_anew() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    let row = body.world().row(&jp(7)).clone();
    for (now, there) in [
        ("2026-03-08T12:00:00Z", false),
        ("2026-03-15T12:00:00Z", true),
        ("2026-03-22T12:00:00Z", false),
        ("2026-03-29T12:00:00Z", true),
    ] {
        body.world().remove(&jp(7));
        if there {
            body.world().rows.push(row.clone());
        }
        assert_eq!(body.run(now).await, Run::Same, "{now}");
    }
    body.is_whole().await;
}

#[tokio::test]
async fn nothing_goes_while_the_statistics_disagree() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.world().remove(&jp(7));
    body.world().miscount = 1;
    for now in ["2026-03-08T12:00:00Z", "2026-03-15T12:00:00Z", "2026-03-22T12:00:00Z"] {
        assert_eq!(body.run(now).await, Run::Same, "{now}");
    }
    body.world().miscount = 0;
    assert_eq!(body.run("2026-03-29T12:00:00Z").await, Run::Same, "the first miss that counts");
    assert_eq!(body.run("2026-04-05T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
}

#[tokio::test]
async fn rows_without_a_date_of_publication_do_not_count_as_a_disagreement() {
    let body = Body::new(world(45), &json!({}));
    body.world().row(&jp(3)).as_object_mut().unwrap().remove("publisertDato");
    body.run("2026-03-01T12:00:00Z").await;
    body.world().remove(&jp(7));
    body.run("2026-03-08T12:00:00Z").await;
    assert_eq!(body.run("2026-03-15T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
}

#[tokio::test]
async fn a_row_that_is_still_answered_by_name_stays() {
    fn back(world: &mut World) {
        world.rows.push(entry(7, "enh_plan"));
    }
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.world().remove(&jp(7));
    body.run("2026-03-08T12:00:00Z").await;
    // After the units, the changes, statistics, three pages of ids and statistics again, it is asked for by name.
    body.world().fault(replay::Fault { on: "/search", nth: 5, times: 1, kind: replay::Kind::Meanwhile(back) });
    body.run("2026-03-15T12:00:00Z").await;
    assert!(body.world().faults_are_spent());
    assert!(body.ids().await.contains(&jp(7)));
    body.is_whole().await;
}

#[tokio::test]
async fn a_sweep_also_finds_what_no_window_reaches() {
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    let mut old = entry(99, "enh_plan");
    old["journaldato"] = "2019-01-01".into();
    old.as_object_mut().unwrap().remove("oppdatertDato");
    body.world().rows.push(old);
    assert_eq!(body.run("2026-03-02T12:00:00Z").await, Run::Same);
    assert_eq!(body.run("2026-03-08T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
}

#[tokio::test]
async fn a_sweep_in_parts_outlives_its_runs_and_finds_the_same() {
    let mut body = Body::new(world(95), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.pages = 3;
    body.world().remove(&jp(7));
    body.world().remove(&jp(64));
    let mut old = entry_of_old_date();
    old["journaldato"] = "2019-01-01".into();
    body.world().rows.push(old);
    for (week, start) in ["2026-03-08T12:00:00Z", "2026-03-15T12:00:00Z"].into_iter().enumerate() {
        let mut parts = 0;
        let mut now = at(start);
        while body.run(&now.to_string()).await == Run::Partial {
            parts += 1;
            now += jiff::SignedDuration::from_mins(5);
            if parts == 2 {
                // What changes between two parts is no miss.
                body.world().rows.push(entry(200 + u32::try_from(week).unwrap(), "enh_plan"));
            }
            assert!(parts < 20);
        }
        assert_eq!(parts, 3, "ten pages, three at a time");
        let missed = if week == 0 { json!([jp(7), jp(64)]) } else { json!([]) };
        assert_eq!(body.memory().await["misses"], missed);
    }
    body.is_whole().await;
}

#[tokio::test]
async fn a_sweep_whose_next_page_is_no_longer_known_begins_anew() {
    let mut body = Body::new(world(95), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.pages = 3;
    assert_eq!(body.run("2026-03-08T12:00:00Z").await, Run::Partial);
    // The first search is that of the changes.
    body.world().fault(replay::Fault::on_search(2, replay::Kind::Status(400)));
    let mut parts = 0;
    while body.run("2026-03-08T13:00:00Z").await == Run::Partial {
        parts += 1;
        assert!(parts < 20);
    }
    assert_eq!(parts, 4, "one that failed, and three of ten pages");
    body.is_whole().await;
}
