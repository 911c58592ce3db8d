//! Notices by the built program, taken by real receivers: what needs somebody is told once, and when it is over.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::Value;

use crate::{
    clients::{driver, python},
    harness::Sandbox,
};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Longer than the program waits between two looks at the datasets.
const PATIENCE: Duration = Duration::from_mins(1);

/// The receivers, and what they took.
struct Receivers {
    child: Child,
    said: Receiver<Value>,
}

impl Receivers {
    fn start() -> Option<Self> {
        let mut command = Command::new(python()?);
        command.args([&driver("notices.py"), KEY]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (say, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Nobody listens any more when the test is over.
                let _ = say.send(serde_json::from_str(&line).unwrap());
            }
        });
        Some(Self { child, said })
    }

    /// The next thing that was taken of a kind, `event` or `mail`; others before it are passed over.
    fn next(&self, kind: &str) -> Value {
        loop {
            let taken = self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {kind} came"));
            if taken.get(kind).is_some() {
                return taken;
            }
        }
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself with its input.
        let _ = self.child.wait();
    }
}

#[test]
fn trouble_and_recovery_are_told_once_by_mail_and_webhook() {
    let Some(receivers) = Receivers::start() else { return };
    let ports = receivers.said.recv_timeout(PATIENCE).unwrap();
    let sandbox = Sandbox::with(&["kommunale-boliger"]);
    assert_eq!(sandbox.run(&["run", "kommunale-boliger"]).code, 0);
    let good = sandbox.read("data/kommunale-boliger.csv");
    sandbox.write("data/kommunale-boliger.csv", "<!doctype html><html>Logg inn</html>");
    assert_ne!(sandbox.run(&["run", "kommunale-boliger"]).code, 0);
    let file = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let notify = format!(
        "{file}\n[notify]\nlanguage = \"nn\"\ndigest_minutes = 0\n\
        mail = {{ server = \"127.0.0.1\", port = {}, encryption = \"none\", from = \"data@testvik.example\", to = [\"arkiv@testvik.example\"] }}\n\
        [[notify.webhooks]]\nurl = \"http://127.0.0.1:{}/hook\"\nsecret = \"{KEY}\"\nallow_private_network = true\n",
        ports["smtp"], ports["http"],
    );
    sandbox.write("allmenning.toml", notify);

    let server = sandbox.serve(&[]);
    let failure = receivers.next("event");
    assert_eq!(failure["event"]["type"], "no.allmenning.dataset.failure", "{failure:#}");
    assert_eq!(failure["event"]["subject"], "kommunale-boliger");
    assert_eq!((failure["data"]["code"].as_str(), failure["data"]["version"].as_u64()), (Some("format-html"), Some(1)));
    assert_eq!(failure["data"]["title"], "Kommunale bustader");
    let mail = receivers.next("mail");
    assert!(mail["mail"].as_str().unwrap().ends_with("1 datasett treng tilsyn"), "{mail:#}");
    assert_eq!(
        (mail["automatic"].as_str(), mail["to"][0].as_str()),
        (Some("auto-generated"), Some("arkiv@testvik.example"))
    );
    let body = mail["body"].as_str().unwrap();
    assert!(body.contains("Kommunale bustader (kommunale-boliger) vart ikkje publisert"), "{body}");
    assert!(body.contains("[format-html]") && body.contains("/nn/d/kommunale-boliger"), "{body}");
    drop(server);

    // A new start tells nothing twice: the next thing that comes is the recovery.
    let _server = sandbox.serve(&[]);
    sandbox.write("data/kommunale-boliger.csv", good);
    assert_eq!(sandbox.run(&["run", "kommunale-boliger"]).code, 0);
    let recovery = receivers.next("event");
    assert_eq!(recovery["event"]["type"], "no.allmenning.dataset.recovery", "{recovery:#}");
    assert_ne!(recovery["id"], failure["id"]);
    let mail = receivers.next("mail");
    assert!(mail["mail"].as_str().unwrap().ends_with("1 datasett i orden att"), "{mail:#}");
}

#[test]
fn a_password_is_never_sent_in_the_open_and_secrets_are_told_where_they_lack() {
    let sandbox = Sandbox::with(&[]);
    let file = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let mail = |more: &str| {
        format!(
            "{file}\n[notify.mail]\nserver = \"smtp.testvik.example\"\nfrom = \"a@testvik.example\"\nto = [\"b@testvik.example\"]\n{more}\n"
        )
    };
    for (more, told) in [
        ("user = \"u\"\npassword = \"${PATH}\"\nencryption = \"none\"", "the password would be sent in the open"),
        ("user = \"u\"", "`user` and `password` go together"),
        ("user = \"u\"\npassword = \"${ALLMENNING_ER_IKKE_SATT}\"", "ALLMENNING_ER_IKKE_SATT is not set"),
        ("port = 70000", "port"),
        ("[notify]\nevents = [\"alt\"]", "events"),
    ] {
        sandbox.write("allmenning.toml", if more.starts_with('[') { format!("{file}\n{more}\n") } else { mail(more) });
        let said = sandbox.run(&["check"]);
        assert!(
            said.code == 3 && format!("{}{}", said.out, said.err).contains(told),
            "{more}: {}{}",
            said.out,
            said.err
        );
    }
    sandbox.write("allmenning.toml", mail(""));
    assert_eq!(sandbox.run(&["check"]).code, 0);
}
