use confab_protocol::Json;
use confab_session::SetupProblem;

use super::*;

mod eg {
    use super::*;

    pub fn source(json: &str) -> Source {
        read_file(json).unwrap()
    }

    pub fn gold() -> [(String, Json); 1] {
        [("plan".into(), "gold".into())]
    }

    /// The options of a script tag, with a base and an inbox unless they are given.
    pub fn tag(json: &str) -> Sources {
        let mut host = source(r#"{"baseUrl": "https://desk.example", "inboxIdentifier": "Abc123"}"#);
        host.0.extend(source(json).0);
        Sources {
            host,
            ..Sources::default()
        }
    }

    /// A query without anything encoded.
    fn asked(query: &str) -> Source {
        let pairs = query.trim_start_matches('?').split('&');
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        Source(
            pairs
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
        )
    }

    pub fn page(file: &str, query: &str) -> Sources {
        Sources {
            file: source(file),
            query: asked(query),
            ..Sources::default()
        }
    }

    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(clippy::result_large_err, reason = "as the function under test")
    )]
    pub fn read(sources: &Sources) -> Result<(Options, Vec<ConfigError>), Broken> {
        let mode = if sources.host.0.is_empty() {
            Mode::Page
        } else {
            Mode::Frame
        };
        let colour = |text: &str| (text == "rebeccapurple").then_some(Rgb(0x66, 0x33, 0x99));
        let around = Surroundings {
            mode,
            language: "en-GB",
            is_secure: false,
            colour: &colour,
        };
        Options::read(sources, &around)
    }

    /// What is wrong, as (option, value), where the chat can start all the same.
    pub fn complaints(json: &str) -> Vec<(String, String)> {
        pairs(read(&tag(json)).unwrap().1)
    }

    pub fn pairs(errors: Vec<ConfigError>) -> Vec<(String, String)> {
        errors
            .into_iter()
            .map(|error| (error.option.to_owned(), error.value))
            .collect()
    }
}

#[test]
fn every_option_is_read() {
    let (options, errors) = eg::read(&eg::tag(
        r##"{"baseUrl": "https://desk.example/eu/", "cableUrl": "wss://live.example/cable", "identifier": 17,
        "identifierHash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "name": " Ada ", "email": "ada@example.com",
        "phoneNumber": "+4930123456", "avatarUrl": "https://pics.example/a.png?s=1", "customAttributes": {"plan": "gold"},
        "locale": "pt-BR", "texts": {"send": "Go"}, "title": "Help", "subtitle": "Now", "welcome": "Hi", "starters": ["One", "Two"],
        "logo": "logo.svg", "color": "#2F5D50", "theme": "dark", "position": "left", "offsetX": 8, "offsetY": "12px",
        "zIndex": 9, "launcherTitle": "Chat", "serverTimeBound": 40000, "text": "Hello"}"##,
    ))
    .unwrap();
    assert_eq!(errors, []);
    assert_eq!(options.base.as_str(), "https://desk.example/eu");
    assert_eq!(options.given_base, "https://desk.example/eu/");
    assert_eq!(options.cable.as_str(), "wss://live.example/cable");
    let identity = options.session.identity.unwrap();
    assert_eq!(identity.identifier.as_str(), "17");
    assert_eq!(identity.identifier_hash.unwrap().expose(), "a".repeat(64));
    let profile = options.session.profile;
    assert_eq!(profile.name.as_deref(), Some("Ada"));
    assert_eq!(profile.email.as_deref(), Some("ada@example.com"));
    assert_eq!(profile.phone_number.as_deref(), Some("+4930123456"));
    assert_eq!(
        profile.avatar_url.as_deref(),
        Some("https://pics.example/a.png?s=1")
    );
    assert_eq!(profile.custom_attributes, eg::gold());
    assert_eq!(options.session.server_time_bound, 40_000);
    let look = options.look;
    assert_eq!(
        (
            look.locale.as_str(),
            look.title.as_deref(),
            look.subtitle.as_deref()
        ),
        ("pt-BR", Some("Help"), Some("Now"))
    );
    assert_eq!(
        (look.welcome.as_deref(), look.logo.as_deref()),
        (Some("Hi"), Some("logo.svg"))
    );
    assert_eq!(
        (look.color, look.theme),
        (Some(Rgb(0x2f, 0x5d, 0x50)), Theme::Dark)
    );
    assert_eq!(look.texts, [("send".to_owned(), "Go".to_owned())]);
    assert_eq!(look.starters, ["One", "Two"]);
    assert_eq!(options.text.as_deref(), Some("Hello"));
}

#[test]
fn attributes_hold_structures_as_text() {
    let (options, errors) = eg::read(&eg::tag(
        r#"{"customAttributes": "{\"plan\": \"gold\"}", "starters": "[\"One\"]", "texts": "{\"send\": \"Go\"}", "serverTimeBound": "30000"}"#,
    ))
    .unwrap();
    assert_eq!(errors, []);
    assert_eq!(options.session.profile.custom_attributes, eg::gold());
    assert_eq!((options.look.starters.len(), options.look.texts.len()), (1, 1));
    assert_eq!(options.session.server_time_bound, 30_000);
}

#[test]
fn without_options_there_are_defaults() {
    let (options, errors) = eg::read(&eg::tag("{}")).unwrap();
    assert_eq!(errors, []);
    assert_eq!(options.cable.as_str(), "wss://desk.example/cable");
    assert!(options.session.identity.is_none());
    assert_eq!(options.session.server_time_bound, 25_000);
    assert_eq!(
        (
            options.look.locale.as_str(),
            options.look.theme,
            options.look.color
        ),
        ("en-GB", Theme::Auto, None)
    );
}

#[test]
fn a_wrong_value_is_told_and_the_chat_starts_without_it() {
    for (json, option, value) in [
        (
            r#"{"cableUrl": "https://live.example/cable"}"#,
            "cableUrl",
            "https://live.example/cable",
        ),
        (r#"{"color": "colour"}"#, "color", "colour"),
        (r#"{"theme": "black"}"#, "theme", "black"),
        (r#"{"position": "top"}"#, "position", "top"),
        (r#"{"offsetX": "wide"}"#, "offsetX", "wide"),
        (r#"{"offsetY": -1}"#, "offsetY", "-1"),
        (r#"{"zIndex": 1.5}"#, "zIndex", "1.5"),
        (r#"{"serverTimeBound": 10}"#, "serverTimeBound", "10"),
        (r#"{"locale": "../x"}"#, "locale", "../x"),
        (r#"{"customAttributes": "gold"}"#, "customAttributes", "gold"),
        (r#"{"customAttributes": [1]}"#, "customAttributes", "[1]"),
        (r#"{"texts": {"send": 1}}"#, "texts", r#"{"send":1}"#),
        (r#"{"starters": "One"}"#, "starters", "One"),
        (r#"{"starters": [1]}"#, "starters", "[1]"),
        (r#"{"title": true}"#, "title", "true"),
        (r#"{"email": "ada"}"#, "email", "ada"),
        (r#"{"phoneNumber": "030 12"}"#, "phoneNumber", "030 12"),
        (
            r#"{"avatarUrl": "javascript:alert(1)"}"#,
            "avatarUrl",
            "javascript:alert(1)",
        ),
        (
            r#"{"logo": "javascript:alert(1)"}"#,
            "logo",
            "javascript:alert(1)",
        ),
        (r#"{"identifierHash": "00"}"#, "identifier", ""),
        (
            r#"{"identifier": "u1", "identifierHash": "00"}"#,
            "identifierHash",
            "(not shown)",
        ),
    ] {
        assert_eq!(eg::complaints(json), [(option.into(), value.into())], "{json}");
    }
}

#[test]
fn without_an_address_or_an_inbox_there_is_no_chat() {
    for (json, option, value) in [
        (r#"{"baseUrl": ""}"#, "baseUrl", ""),
        (r#"{"baseUrl": "desk.example"}"#, "baseUrl", "desk.example"),
        (
            r#"{"baseUrl": "ftp://desk.example"}"#,
            "baseUrl",
            "ftp://desk.example",
        ),
        (
            r#"{"baseUrl": "https://desk.example/?x=1"}"#,
            "baseUrl",
            "https://desk.example/?x=1",
        ),
        (
            r#"{"baseUrl": "https://desk.example/#/app"}"#,
            "baseUrl",
            "https://desk.example/#/app",
        ),
        (r#"{"baseUrl": 7}"#, "baseUrl", "7"),
        (r#"{"inboxIdentifier": null}"#, "inboxIdentifier", ""),
        (r#"{"inboxIdentifier": "../x"}"#, "inboxIdentifier", "../x"),
        (r#"{"inboxIdentifier": "a b"}"#, "inboxIdentifier", "a b"),
    ] {
        let broken = eg::read(&eg::tag(json)).unwrap_err();
        assert_eq!(
            eg::pairs(broken.errors),
            [(option.into(), value.into())],
            "{json}"
        );
    }
}

#[test]
fn what_is_wrong_with_an_address_is_told_apart() {
    for (json, fault) in [
        (r#"{"baseUrl": null}"#, Fault::Missing),
        (r#"{"baseUrl": "desk.example"}"#, Fault::Scheme),
        (r#"{"baseUrl": "https://"}"#, Fault::Host),
        (r#"{"baseUrl": "https://me@desk.example"}"#, Fault::Credentials),
        (r#"{"baseUrl": "https://desk.example?x"}"#, Fault::Query),
        (r#"{"baseUrl": "https://desk.example/a b"}"#, Fault::Character),
        (r#"{"inboxIdentifier": null}"#, Fault::Missing),
        (r#"{"inboxIdentifier": "a b"}"#, Fault::Kind),
    ] {
        let broken = eg::read(&eg::tag(json)).unwrap_err();
        assert_eq!(broken.errors[0].fault, fault, "{json}");
    }
}

#[test]
fn a_secure_page_cannot_reach_an_unencrypted_address() {
    let read = |base: &str| {
        let sources = eg::tag(&format!(r#"{{"baseUrl": "{base}"}}"#));
        let around = Surroundings {
            mode: Mode::Frame,
            language: "",
            is_secure: true,
            colour: &|_| None,
        };
        Options::read(&sources, &around).is_ok()
    };
    assert!(read("https://desk.example") && read("http://127.0.0.1:3000") && !read("http://desk.example"));
}

#[test]
fn attribute_over_settings_over_file_and_blank_is_not_given() {
    let mut sources = eg::tag(r#"{"title": "Tag", "subtitle": " "}"#);
    sources.file = eg::source(r#"{"title": "File", "subtitle": "File", "welcome": "File"}"#);
    let look = eg::read(&sources).unwrap().0.look;
    let found = [look.title, look.subtitle, look.welcome].map(Option::unwrap);
    assert_eq!(found, ["Tag", "File", "File"]);
}

const FILE: &str = r#"{"baseUrl": "https://desk.example", "inboxIdentifier": "Main", "title": "Main", "theme": "light",
    "inboxes": {"sales": {"inboxIdentifier": "Sales1", "title": "Sales"}}}"#;

#[test]
fn the_query_chooses_an_inbox_by_name_or_identifier() {
    for (query, inbox, title) in [
        ("", "Main", "Main"),
        ("?inbox=sales", "Sales1", "Sales"),
        ("?inbox=Sales1", "Sales1", "Sales"),
        ("?inbox=Main", "Main", "Main"),
    ] {
        let (options, errors) = eg::read(&eg::page(FILE, query)).unwrap();
        assert_eq!(errors, []);
        assert_eq!(
            (options.inbox.as_str(), options.look.title.as_deref()),
            (inbox, Some(title)),
            "{query}"
        );
    }
    let broken = eg::read(&eg::page(FILE, "?inbox=other")).unwrap_err();
    assert_eq!(eg::pairs(broken.errors), [("inbox".into(), "other".into())]);
}

#[test]
fn the_query_sets_little_unless_the_file_allows_more() {
    let query = "?baseUrl=https://evil.example&inboxIdentifier=Evil&identifier=admin&title=Evil&text=Order 17!&theme=dark&locale=de";
    let (options, errors) = eg::read(&eg::page(FILE, query)).unwrap();
    assert_eq!(errors, []);
    assert_eq!(
        (options.base.as_str(), options.inbox.as_str()),
        ("https://desk.example", "Main")
    );
    assert!(options.session.identity.is_none());
    assert_eq!(options.look.title.as_deref(), Some("Main"));
    assert_eq!(
        (
            options.text.as_deref(),
            options.look.theme,
            options.look.locale.as_str()
        ),
        (Some("Order 17!"), Theme::Dark, "de")
    );

    let open = FILE.replacen('{', r#"{"allowQuery": true, "#, 1);
    let (options, _) = eg::read(&eg::page(&open, "?baseUrl=https://try.example&inbox=Other")).unwrap();
    assert_eq!(
        (options.base.as_str(), options.inbox.as_str()),
        ("https://try.example", "Other")
    );
    let truthy = FILE.replacen('{', r#"{"allowQuery": "yes", "#, 1);
    let (options, _) = eg::read(&eg::page(&truthy, "?baseUrl=https://try.example")).unwrap();
    assert_eq!(options.base.as_str(), "https://desk.example");
}

#[test]
fn a_file_that_is_no_object_is_told() {
    assert!(read_file("\u{feff}{}").unwrap().0.is_empty());
    for text in ["", "[]", "{", "<html>"] {
        let error = read_file(text).unwrap_err();
        assert_eq!(error.option, "confab.json", "{text}");
    }
}

#[test]
fn what_the_server_proves_wrong_names_the_option_to_mend() {
    let (options, _) = eg::read(&eg::tag(r#"{"baseUrl": "https://desk.example/", "identifier": "u1", "identifierHash": "0000000000000000000000000000000000000000000000000000000000000000"}"#)).unwrap();
    for (problem, option, value) in [
        (SetupProblem::UnknownInbox, "inboxIdentifier", "Abc123"),
        (SetupProblem::IdentityRefused, "identifierHash", "(not shown)"),
        (
            SetupProblem::NotTheApi { status: 200 },
            "baseUrl",
            "https://desk.example/",
        ),
        (SetupProblem::Unreachable, "baseUrl", "https://desk.example/"),
        (
            SetupProblem::ProfileRefused {
                text: "Phone number should be in e164 format".into(),
            },
            "phoneNumber",
            "",
        ),
        (
            SetupProblem::ProfileRefused {
                text: "Email Invalid email".into(),
            },
            "email",
            "",
        ),
    ] {
        let error = ConfigError::of_setup(&problem, &options);
        assert_ne!(error.code, "config");
        assert_eq!(
            eg::pairs(vec![error]),
            [(option.to_owned(), value.to_owned())],
            "{problem:?}"
        );
    }
}

#[test]
fn installations_inboxes_and_sites_are_stored_apart() {
    let name = |json, origin| eg::read(&eg::tag(json)).unwrap().0.storage_name(origin);
    let names = [
        name("{}", "https://a.example"),
        name("{}", "https://b.example"),
        name(r#"{"inboxIdentifier": "Other"}"#, "https://a.example"),
        name(r#"{"baseUrl": "https://desk.example/eu"}"#, "https://a.example"),
    ];
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    assert_eq!(
        name(
            r#"{"baseUrl": "https://DESK.example:443//"}"#,
            "https://a.example"
        ),
        names[0]
    );
}
