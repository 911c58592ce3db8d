use clap::CommandFactory;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("allmenning").chain(line.split_whitespace()))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_short_help_is_about_the_program() {
    let help = Cli::command().render_help().to_string();
    assert!(help.starts_with(SHORT), "{help}");
}

#[test]
fn every_command_and_flag_is_documented() {
    fn walk(command: &clap::Command) {
        if command.is_hide_set() {
            return;
        }
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
        for inner in command.get_subcommands() {
            assert!(inner.is_hide_set() || inner.get_after_help().is_some(), "{}", inner.get_name());
            walk(inner);
        }
    }
    walk(&Cli::command());
}

#[test]
fn global_options_may_follow_the_command() {
    let cli = parse("serve --config /srv/x --listen 127.0.0.1:1 --listen [::1]:2 --storage s3://b/p").unwrap();
    let overrides = cli.overrides(Path::new("/her"));
    assert_eq!(cli.global.config, PathBuf::from("/srv/x"));
    assert_eq!(overrides.listen.len(), 2);
    assert_eq!(overrides.storage.as_deref(), Some("s3://b/p"));
    assert!(matches!(cli.command, Command::Serve(Serve { no_schedule: false })));
}

#[test]
fn a_storage_folder_is_taken_from_the_current_folder() {
    let storage = |line| parse(line).unwrap().overrides(Path::new("/her")).storage.unwrap();
    assert_eq!(storage("check --storage ./x --config /srv/y"), "/her/./x");
    assert_eq!(storage("check --storage /var/x"), "/var/x");
    assert_eq!(storage("check --storage s3://b/p"), "s3://b/p");
}

#[test]
fn serve_may_wait_for_the_schedule() {
    let cli = parse("serve --no-schedule").unwrap();
    assert!(matches!(cli.command, Command::Serve(Serve { no_schedule: true })));
}

#[test]
fn run_needs_exactly_one_choice() {
    assert!(parse("run a b").is_ok() && parse("run --all").is_ok() && parse("run --due").is_ok());
    for bad in ["run", "run --all a", "run --all --due", "run --due a", "run ../x", "plan", "plan --all a"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn wrong_usage_is_refused_with_its_exit_code() {
    for bad in ["", "tjene", "withdraw a 1", "withdraw a 0 --reason x", "rollback a", "schema x", "check -q -v"] {
        assert_eq!(parse(bad).unwrap_err().exit_code(), i32::from(exit::USAGE), "{bad}");
    }
    assert!(parse("withdraw a 1 --reason x").is_ok());
    assert!(matches!(parse("sparql-worker").unwrap().command, Command::SparqlWorker));
}
