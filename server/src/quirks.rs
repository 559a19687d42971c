//! What differs between the versions of Chatwoot. Rules ask this struct, never for a version.

/// The behaviour of one version, a field per difference, each with the version that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent differences, not states"
)]
pub struct Quirks {
    /// How long a contact counts as online after its last sign of life, in seconds. 90 since 4.11.2, 20 before.
    pub contact_presence_seconds: i64,
    /// A long name is cut in POST contacts instead of refused. Since 4.15.0.
    pub cuts_long_names: bool,
    /// A number or boolean as name is a 500 in POST contacts. Since 4.15.0.
    pub name_must_be_text: bool,
    /// An unverified session reaches only its own conversations' messages. Since 4.14.0.
    pub messages_limited_to_session: bool,
    /// Resolving clears `waiting_since`. Since 4.4.0.
    pub resolving_clears_waiting: bool,
    /// `update_last_seen` of the contact marks messages as read. Since 3.3.0.
    pub seen_marks_read: bool,
    /// Messages a minute and conversation. Since 3.9.0; none before.
    pub messages_per_minute: Option<i64>,
}

impl Quirks {
    /// Chatwoot 4.15.1.
    pub const V4_15: Self = Self {
        contact_presence_seconds: 90,
        cuts_long_names: true,
        name_must_be_text: true,
        messages_limited_to_session: true,
        resolving_clears_waiting: true,
        seen_marks_read: true,
        messages_per_minute: Some(200),
    };
}
