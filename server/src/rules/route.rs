//! Which action a path and verb lead to, with Rails' rules for dots and percent escapes.

use crate::error::ApiError;
use crate::params::{Param, Params, percent_decode};
use crate::quirks::Quirks;

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A route below `/public/api/v1`.
    Public(Public),
    /// A route below `/api/v1`.
    Application(Application),
}

/// The public routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Public {
    /// Routed, but no action of that name exists: a JSON 404.
    Nothing,
    ShowInbox,
    CreateContact,
    ShowContact,
    UpdateContact,
    ListConversations,
    CreateConversation,
    ShowConversation,
    ToggleStatus,
    ToggleTyping,
    UpdateLastSeen,
    ListMessages,
    CreateMessage,
    UpdateMessage,
    ShowSurvey,
    UpdateSurvey,
}

/// The routes of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    Profile,
    Availability,
    ListAgents,
    ListInboxes,
    CreateInbox,
    ShowInbox,
    UpdateInbox,
    DeleteInbox,
    ResetInboxSecret,
    ShowInboxBot,
    SetInboxBot,
    ListBots,
    CreateBot,
    ShowBot,
    UpdateBot,
    DeleteBot,
    ResetBotToken,
    ResetBotSecret,
    ListInboxMembers,
    AddInboxMembers,
    ListContacts,
    SearchContacts,
    CreateContact,
    ShowContact,
    UpdateContact,
    DeleteContact,
    ContactConversations,
    ContactableInboxes,
    CreateSession,
    ListConversations,
    CountConversations,
    CreateConversation,
    ShowConversation,
    UpdateConversation,
    DeleteConversation,
    ToggleStatus,
    ToggleTyping,
    TogglePriority,
    UpdateLastSeen,
    Unread,
    CustomAttributes,
    Mute,
    Unmute,
    Assign,
    ListLabels,
    SetLabels,
    ListMessages,
    CreateMessage,
    UpdateMessage,
    DeleteMessage,
}

impl Application {
    /// Whether the token of a bot opens it.
    pub fn is_for_bots(self) -> bool {
        matches!(
            self,
            Self::ShowConversation
                | Self::ToggleStatus
                | Self::ToggleTyping
                | Self::TogglePriority
                | Self::CreateConversation
                | Self::UpdateConversation
                | Self::CustomAttributes
                | Self::CreateMessage
                | Self::Assign
                | Self::ListLabels
                | Self::SetLabels
        )
    }
}

/// A route that fits.
#[derive(Debug)]
pub struct Found {
    pub action: Action,
    /// The path's own parameters.
    pub params: Params,
    /// The path asks for a format that is not served.
    pub unacceptable: bool,
}

const OTHER_FORMATS: &[&str] = &[
    "xml", "html", "js", "css", "txt", "csv", "yaml", "rss", "atom", "pdf", "png", "zip",
];

/// Finds the route of a path and verb.
pub fn find(method: &str, path: &str) -> Result<Found, ApiError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (path, format) = split_format(path);
    let unacceptable = match format {
        None | Some("json") => false,
        Some(other) if OTHER_FORMATS.contains(&other) => true,
        Some(_) => return Err(ApiError::NoRoute),
    };
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    // HEAD is answered like GET, its body is left away by the transport.
    let method = match method {
        "HEAD" => "GET",
        "PUT" => "PATCH",
        other => other,
    };
    let fits = |entry: &&(&str, &str, Action)| entry.0 == method && matches(entry.1, &segments);
    let (_, pattern, action) = PUBLIC
        .iter()
        .chain(SURVEY)
        .chain(APPLICATION)
        .find(fits)
        .ok_or(ApiError::NoRoute)?;
    let mut params = Params::default();
    for (name, segment) in pattern.split('/').skip(1).zip(&segments) {
        if let Some(name) = name.strip_prefix(':') {
            params.set(name, Param::Text(decode(segment)?));
        }
    }
    Ok(Found {
        action: *action,
        params,
        unacceptable,
    })
}

/// Whether the version has the route.
pub fn is_there(action: Action, quirks: &Quirks) -> bool {
    match action {
        Action::Public(Public::ToggleTyping | Public::UpdateLastSeen) => quirks.conversations.typing_and_seen,
        Action::Public(Public::ShowConversation | Public::ToggleStatus) => {
            quirks.conversations.shown_and_resolved
        }
        Action::Application(Application::TogglePriority) => quirks.application.priorities,
        Action::Application(Application::Unread) => quirks.application.unread_again,
        Action::Application(Application::UpdateMessage) => quirks.application.message_status,
        Action::Application(Application::DeleteConversation) => quirks.application.conversations_deleted,
        _ => true,
    }
}

/// Method and pattern of every route that has an action; PUT is answered like PATCH, HEAD like GET.
#[cfg(test)]
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let served = |entry: &&(&str, &str, Action)| entry.2 != Action::Public(Public::Nothing);
    let routes = PUBLIC.iter().chain(SURVEY).chain(APPLICATION);
    routes.filter(served).map(|(method, path, _)| (*method, *path))
}

/// `…/x.json` is `…/x` in the format `json`.
fn split_format(path: &str) -> (&str, Option<&str>) {
    let last = path.rfind('/').map_or(0, |at| at + 1);
    match path.get(last..).and_then(|segment| segment.find('.')) {
        Some(dot) if dot > 0 => (path.get(..last + dot).unwrap_or(path), path.get(last + dot + 1..)),
        _ => (path, None),
    }
}

/// Named segments take anything but a dot and nothing.
fn matches(pattern: &str, segments: &[&str]) -> bool {
    let mut wanted = pattern.split('/').skip(1);
    let fits = segments.iter().all(|segment| match wanted.next() {
        Some(name) if name.starts_with(':') => !segment.is_empty() && !segment.contains('.'),
        Some(word) => word == *segment,
        None => false,
    });
    fits && wanted.next().is_none()
}

fn decode(segment: &str) -> Result<String, ApiError> {
    let bytes =
        percent_decode(segment.as_bytes(), false).ok_or(ApiError::Internal("broken percent escape"))?;
    String::from_utf8(bytes).map_err(|_| ApiError::BadRequest)
}

macro_rules! routes {
    ($name:ident, $kind:ident, $root:literal, [$($method:literal $path:literal => $action:ident,)*]) => {
        const $name: &[(&str, &str, Action)] = &[$(($method, concat!($root, $path), Action::$kind($kind::$action)),)*];
    };
}

routes!(PUBLIC, Public, "/public/api/v1/inboxes", [
    "GET" "" => Nothing,
    "POST" "" => Nothing,
    "GET" "/new" => Nothing,
    "GET" "/:id" => ShowInbox,
    "PATCH" "/:id" => Nothing,
    "DELETE" "/:id" => Nothing,
    "POST" "/:inbox_id/contacts" => CreateContact,
    "GET" "/:inbox_id/contacts/:id" => ShowContact,
    "PATCH" "/:inbox_id/contacts/:id" => UpdateContact,
    "GET" "/:inbox_id/contacts/:contact_id/conversations" => ListConversations,
    "POST" "/:inbox_id/contacts/:contact_id/conversations" => CreateConversation,
    "GET" "/:inbox_id/contacts/:contact_id/conversations/:id" => ShowConversation,
    "POST" "/:inbox_id/contacts/:contact_id/conversations/:id/toggle_status" => ToggleStatus,
    "POST" "/:inbox_id/contacts/:contact_id/conversations/:id/toggle_typing" => ToggleTyping,
    "POST" "/:inbox_id/contacts/:contact_id/conversations/:id/update_last_seen" => UpdateLastSeen,
    "GET" "/:inbox_id/contacts/:contact_id/conversations/:conversation_id/messages" => ListMessages,
    "POST" "/:inbox_id/contacts/:contact_id/conversations/:conversation_id/messages" => CreateMessage,
    "PATCH" "/:inbox_id/contacts/:contact_id/conversations/:conversation_id/messages/:id" => UpdateMessage,
]);

routes!(SURVEY, Public, "/public/api/v1/csat_survey", [
    "GET" "/:id" => ShowSurvey,
    "PATCH" "/:id" => UpdateSurvey,
]);

routes!(APPLICATION, Application, "/api/v1", [
    "GET" "/profile" => Profile,
    "POST" "/profile/availability" => Availability,
    "GET" "/accounts/:account_id/agents" => ListAgents,
    "GET" "/accounts/:account_id/inboxes" => ListInboxes,
    "POST" "/accounts/:account_id/inboxes" => CreateInbox,
    "GET" "/accounts/:account_id/inboxes/:id" => ShowInbox,
    "PATCH" "/accounts/:account_id/inboxes/:id" => UpdateInbox,
    "DELETE" "/accounts/:account_id/inboxes/:id" => DeleteInbox,
    "POST" "/accounts/:account_id/inboxes/:id/reset_secret" => ResetInboxSecret,
    "GET" "/accounts/:account_id/inboxes/:id/agent_bot" => ShowInboxBot,
    "POST" "/accounts/:account_id/inboxes/:id/set_agent_bot" => SetInboxBot,
    "GET" "/accounts/:account_id/agent_bots" => ListBots,
    "POST" "/accounts/:account_id/agent_bots" => CreateBot,
    "GET" "/accounts/:account_id/agent_bots/:id" => ShowBot,
    "PATCH" "/accounts/:account_id/agent_bots/:id" => UpdateBot,
    "DELETE" "/accounts/:account_id/agent_bots/:id" => DeleteBot,
    "POST" "/accounts/:account_id/agent_bots/:id/reset_access_token" => ResetBotToken,
    "POST" "/accounts/:account_id/agent_bots/:id/reset_secret" => ResetBotSecret,
    "GET" "/accounts/:account_id/inbox_members/:inbox_id" => ListInboxMembers,
    "POST" "/accounts/:account_id/inbox_members" => AddInboxMembers,
    "GET" "/accounts/:account_id/contacts" => ListContacts,
    "GET" "/accounts/:account_id/contacts/search" => SearchContacts,
    "POST" "/accounts/:account_id/contacts" => CreateContact,
    "GET" "/accounts/:account_id/contacts/:id" => ShowContact,
    "PATCH" "/accounts/:account_id/contacts/:id" => UpdateContact,
    "DELETE" "/accounts/:account_id/contacts/:id" => DeleteContact,
    "GET" "/accounts/:account_id/contacts/:contact_id/conversations" => ContactConversations,
    "GET" "/accounts/:account_id/contacts/:id/contactable_inboxes" => ContactableInboxes,
    "POST" "/accounts/:account_id/contacts/:contact_id/contact_inboxes" => CreateSession,
    "GET" "/accounts/:account_id/conversations" => ListConversations,
    "GET" "/accounts/:account_id/conversations/meta" => CountConversations,
    "POST" "/accounts/:account_id/conversations" => CreateConversation,
    "GET" "/accounts/:account_id/conversations/:id" => ShowConversation,
    "PATCH" "/accounts/:account_id/conversations/:id" => UpdateConversation,
    "DELETE" "/accounts/:account_id/conversations/:id" => DeleteConversation,
    "POST" "/accounts/:account_id/conversations/:id/toggle_status" => ToggleStatus,
    "POST" "/accounts/:account_id/conversations/:id/toggle_typing_status" => ToggleTyping,
    "POST" "/accounts/:account_id/conversations/:id/toggle_priority" => TogglePriority,
    "POST" "/accounts/:account_id/conversations/:id/update_last_seen" => UpdateLastSeen,
    "POST" "/accounts/:account_id/conversations/:id/unread" => Unread,
    "POST" "/accounts/:account_id/conversations/:id/custom_attributes" => CustomAttributes,
    "POST" "/accounts/:account_id/conversations/:id/mute" => Mute,
    "POST" "/accounts/:account_id/conversations/:id/unmute" => Unmute,
    "POST" "/accounts/:account_id/conversations/:conversation_id/assignments" => Assign,
    "GET" "/accounts/:account_id/conversations/:conversation_id/labels" => ListLabels,
    "POST" "/accounts/:account_id/conversations/:conversation_id/labels" => SetLabels,
    "GET" "/accounts/:account_id/conversations/:conversation_id/messages" => ListMessages,
    "POST" "/accounts/:account_id/conversations/:conversation_id/messages" => CreateMessage,
    "PATCH" "/accounts/:account_id/conversations/:conversation_id/messages/:id" => UpdateMessage,
    "DELETE" "/accounts/:account_id/conversations/:conversation_id/messages/:id" => DeleteMessage,
]);

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(path: &str) -> Result<String, ApiError> {
        let found = find("GET", &format!("/public/api/v1/inboxes/i/contacts/{path}"))?;
        assert_eq!(found.action, Action::Public(Public::ShowContact));
        Ok(found.params.text("id").unwrap())
    }

    #[test]
    fn a_literal_dot_starts_a_format_and_an_escaped_one_does_not() {
        assert!(matches!(contact("jane.doe"), Err(ApiError::NoRoute)));
        assert_eq!(contact("jane%2Edoe").unwrap(), "jane.doe");
        assert_eq!(contact("jane.json").unwrap(), "jane");
        assert_eq!(contact("a%2Fb%20c+d").unwrap(), "a/b c+d");
        assert!(find("GET", "/public/api/v1/inboxes/i.xml").unwrap().unacceptable);
    }

    #[test]
    fn broken_escapes_and_broken_text_differ() {
        assert!(matches!(contact("%zz"), Err(ApiError::Internal(_))));
        assert!(matches!(contact("%ff"), Err(ApiError::BadRequest)));
    }

    #[test]
    fn verbs_and_paths_without_a_route() {
        let missing = |method, path| matches!(find(method, path), Err(ApiError::NoRoute));
        assert!(missing("GET", "/public/api/v1/inboxes/i/contacts"));
        assert!(missing("DELETE", "/public/api/v1/inboxes/i/contacts/c"));
        assert!(missing(
            "GET",
            "/public/api/v1/inboxes/i/contacts/c/conversations/1/messages/1"
        ));
        assert!(missing("POST", "/public/api/v1/inboxes/i"));
        assert!(find("PUT", "/public/api/v1/inboxes/i/contacts/c/").is_ok());
        assert!(find("HEAD", "/public/api/v1/inboxes/i").is_ok());
    }
}
