//! Plans by the built program: which rows and cells would change, and what was decided on them.

use crate::harness::Sandbox;

const DATA: &str = "data/kommunale-boliger.csv";

#[test]
fn a_plan_shows_rows_and_cells_and_masks_identity_numbers() {
    let sandbox = Sandbox::with(&["kommunale-boliger"]);
    assert_eq!(sandbox.run(&["run", "kommunale-boliger"]).code, 0);
    // ISO 8859-1 and windows-1252 agree on every letter of the file, a dash aside, which stays a byte.
    let text: String = sandbox.read(DATA).into_iter().map(char::from).collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let number = {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("fixtures/privacy/identifier-vectors.json")).unwrap();
        vectors["nationalId"]["valid"][0]["value"].as_str().unwrap().to_owned()
    };
    lines[2] = lines[2].replacen(";78,10;", ";80,00;", 1).replacen("Normal", &format!("nr {number}"), 1);
    let gone = lines.remove(4);
    let bytes: Vec<u8> = lines.join("\n").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    sandbox.write(DATA, bytes);
    let plan = sandbox.run(&["plan", "kommunale-boliger"]);
    let key = gone.split(';').next().unwrap();
    assert!(plan.out.contains(&format!("removed nummer={key}\n")), "{}", plan.out);
    assert!(
        plan.out.contains("changed nummer=24979620001: areal '78.10' → '80.00', standard 'Normal' → "),
        "{}",
        plan.out
    );
    assert!(plan.out.contains("cells in 1 changed rows: areal 1, standard 1"), "{}", plan.out);
    assert!(!plan.out.contains(&number), "{}", plan.out);
    let json = sandbox.run(&["plan", "kommunale-boliger", "--json"]);
    assert!(!json.out.contains(&number) && json.json()[0]["samples"]["cells"]["areal"] == 1, "{}", json.out);
}

#[test]
fn a_plan_knows_what_was_decided() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 0);
    let text = String::from_utf8(sandbox.read("data/kommuneendringer.csv")).unwrap();
    let half: Vec<&str> = text.lines().take(text.lines().count() / 2).collect();
    sandbox.write("data/kommuneendringer.csv", half.join("\n") + "\n");
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 4);
    let said = || sandbox.run(&["plan", "kommuneendringer"]);
    assert!(said().out.contains("would be held until it is approved"), "{}", said().out);
    assert_eq!(sandbox.run(&["reject", "kommuneendringer"]).code, 0);
    assert!(said().out.contains("would be blocked"), "{}", said().out);
}
