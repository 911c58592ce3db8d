//! `allmenning check`: every problem of every configuration file at once.

use config::{Env, GlobalArgs, Overrides};

use super::{Exit, Output};

/// Checks the configuration folder.
pub(crate) fn check(global: &GlobalArgs, output: &Output) -> Exit {
    let overrides = Overrides {
        storage: global.storage.clone(),
        listen: global.listen.clone(),
        base_url: global.base_url.clone(),
    };
    match config::load(&global.config, &overrides, &Env::process()) {
        Ok(config) => {
            output.line(&format!("{} datasets, {} profiles: no errors", config.datasets.len(), config.profiles.len()));
            output.value(&serde_json::json!({ "datasets": config.datasets.len(), "problems": [] }));
            Exit::Done
        }
        Err(problems) => {
            output.value(&serde_json::json!({ "problems": problems.to_json() }));
            if !output.json() {
                output.answer(&format!("{problems}\n"));
            }
            Exit::Config
        }
    }
}
