//! `inbox create` and `inbox list`.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::{Map, Value, json};

use super::{Database, Failure, hours, say};
use crate::random::Random;
use crate::rules;
use crate::store::{self, Inbox};
use crate::time::Clock;

/// Make an inbox, and the database with its first account when the file is not there
#[derive(Clone, Debug, clap::Args)]
pub struct Create {
    /// What visitors see it called
    name: String,
    /// Refuse contacts without a valid identifier hash
    #[arg(long)]
    hmac_mandatory: bool,
    /// Answer the first message of a conversation with this; `{{contact.name}}` is replaced
    #[arg(long, value_name = "TEXT")]
    greeting: Option<String>,
    /// When somebody is there, for instance "mon-fri 09:00-17:00, sat 10:00-14:00"; other days are closed
    #[arg(long, value_name = "HOURS")]
    hours: Option<String>,
    /// The time zone of the hours
    #[arg(long, value_name = "ZONE", default_value = "UTC", requires = "hours")]
    timezone: String,
    /// Answer with this outside of the hours
    #[arg(long, value_name = "TEXT", requires = "hours")]
    out_of_office: Option<String>,
    /// Ask for a rating when a conversation is resolved, by faces or by stars
    #[arg(long, value_name = "SHAPE", num_args = 0..=1, default_missing_value = "emoji", value_parser = ["emoji", "star"])]
    csat: Option<String>,
    /// Post the inbox's events to this address
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// Keep each contact to one conversation
    #[arg(long)]
    lock_to_single_conversation: bool,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    database: Database,
}

/// List the inboxes
#[derive(Clone, Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    database: Database,
}

/// How inboxes are printed.
#[derive(Clone, Debug, clap::Args)]
struct Shown {
    /// Print the HMAC token and the secret that signs callbacks, too
    #[arg(long)]
    secrets: bool,
    /// Print a line of JSON for each inbox
    #[arg(long)]
    json: bool,
}

impl Create {
    pub fn run(&self) -> Result<(), Failure> {
        let settings = self.settings()?;
        let hours = self.hours.as_deref().map(hours::read).transpose();
        let hours = hours.map_err(|why| Failure::Argument(format!("--hours {why}")))?;
        if self.name.trim().is_empty() {
            return Err(Failure::Argument(
                "the name is blank: give one that visitors can read".to_owned(),
            ));
        }
        let made = !self.database.path()?.exists();
        let mut db = self.database.open_or_make()?;
        let (mut random, now) = (Random::new(None), Clock::starting_at(None).now());
        let account = store::seed(&mut db, &mut random, now)?.account;
        let tx = Transaction::new(&mut db, TransactionBehavior::Immediate)?;
        let mut inbox = rules::new_inbox(&tx, account, &self.name, &mut random, now)?;
        inbox.hmac_mandatory = self.hmac_mandatory;
        inbox.webhook_url.clone_from(&self.callback_url);
        inbox.settings.extend(settings);
        if let Some(hours) = hours {
            inbox.working_hours = hours;
        }
        rules::write_inbox(&tx, &inbox)?;
        rules::join_all(&tx, &inbox)?;
        tx.commit()?;
        if made {
            eprintln!("{} is new.", self.database.database);
        }
        self.shown.print(&inbox)
    }

    fn settings(&self) -> Result<Map<String, Value>, Failure> {
        let mut settings = Map::new();
        let mut set = |name: &str, value: Value| settings.insert(name.to_owned(), value);
        if let Some(greeting) = &self.greeting {
            set("greeting_enabled", json!(true));
            set("greeting_message", json!(greeting));
        }
        if self.hours.is_some() {
            if jiff::tz::TimeZone::get(&self.timezone).is_err() {
                return Err(Failure::Argument(format!(
                    "--timezone {}: no such time zone; write it as Europe/Berlin",
                    self.timezone
                )));
            }
            set("working_hours_enabled", json!(true));
            set("timezone", json!(self.timezone));
            set("out_of_office_message", json!(self.out_of_office));
        }
        if let Some(shape) = &self.csat {
            set("csat_survey_enabled", json!(true));
            set("csat_config", json!({"display_type": shape}));
        }
        if let Some(url) = &self.callback_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err(Failure::Argument(format!(
                "--callback-url {url}: write the whole address, with https://"
            )));
        }
        set(
            "lock_to_single_conversation",
            json!(self.lock_to_single_conversation),
        );
        Ok(settings)
    }
}

impl List {
    pub fn run(&self) -> Result<(), Failure> {
        for inbox in all(&self.database.open()?)? {
            self.shown.print(&inbox)?;
        }
        Ok(())
    }
}

impl Shown {
    fn print(&self, inbox: &Inbox) -> Result<(), Failure> {
        if self.json {
            return say(&self.document(inbox).to_string());
        }
        say(&format!("{}  {}", inbox.identifier, inbox.name))?;
        if self.secrets {
            say(&format!("    HMAC token       {}", inbox.hmac_token))?;
            say(&format!("    callback secret  {}", inbox.secret))?;
        }
        Ok(())
    }

    fn document(&self, inbox: &Inbox) -> Value {
        let mut document = json!({
            "id": inbox.id,
            "name": inbox.name,
            "inbox_identifier": inbox.identifier,
            "hmac_mandatory": inbox.hmac_mandatory,
            "webhook_url": inbox.webhook_url,
        });
        if let (true, Value::Object(map)) = (self.secrets, &mut document) {
            map.insert("hmac_token".to_owned(), json!(inbox.hmac_token));
            map.insert("secret".to_owned(), json!(inbox.secret));
        }
        document
    }
}

/// Every inbox, in the order in which they were made.
pub fn all(db: &Connection) -> Result<Vec<Inbox>, Failure> {
    let mut statement = db.prepare("SELECT * FROM inboxes ORDER BY id")?;
    let found = statement.query_map([], Inbox::read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The inbox with that identifier, or the only one.
pub fn chosen(inboxes: &[Inbox], identifier: Option<&str>) -> Result<Inbox, Failure> {
    let known = || {
        let lines = inboxes
            .iter()
            .map(|inbox| format!("\n    {}  {}", inbox.identifier, inbox.name));
        lines.collect::<String>()
    };
    let found = match (identifier, inboxes) {
        (None, [only]) => Some(only),
        (None, []) => None,
        (None, _) => {
            let text = format!("there are several inboxes: name one with --inbox{}", known());
            return Err(Failure::NoInbox(text));
        }
        (Some(wanted), all) => all.iter().find(|inbox| inbox.identifier == wanted),
    };
    found.cloned().ok_or_else(|| {
        let text = match identifier {
            Some(wanted) => format!("no inbox has the identifier {wanted}; there are:{}", known()),
            None => "there is no inbox: make one with `inbox create`".to_owned(),
        };
        Failure::NoInbox(text)
    })
}
