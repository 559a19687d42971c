//! What this server can do, learned from its answers: 2.7 to 4.15 differ, and no route tells the version.

use confab_protocol::request::BodyKind;

use crate::event::Failure;

/// Whether the server has a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ability {
    /// Not asked yet.
    #[default]
    Unknown,
    /// It answered.
    Yes,
    /// It has no such route: never asked again in this session.
    No,
}

/// A route that older servers lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// The inbox route, since 2.11.0.
    Info,
    /// One conversation, since 3.7.0.
    Show,
    /// Typing, since 3.0.0.
    Typing,
    /// Last seen, since 3.0.0.
    Seen,
    /// Ending the conversation, since 3.7.0.
    Toggle,
}

/// The routes that older servers lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The inbox route.
    pub info: Ability,
    /// One conversation.
    pub show: Ability,
    /// Typing.
    pub typing: Ability,
    /// Last seen.
    pub seen: Ability,
    /// Ending the conversation.
    pub toggle: Ability,
}

impl Capabilities {
    pub(crate) const fn of(self, feature: Feature) -> Ability {
        match feature {
            Feature::Info => self.info,
            Feature::Show => self.show,
            Feature::Typing => self.typing,
            Feature::Seen => self.seen,
            Feature::Toggle => self.toggle,
        }
    }

    pub(crate) fn may(self, feature: Feature) -> bool {
        self.of(feature) != Ability::No
    }

    pub(crate) fn set(&mut self, feature: Feature, ability: Ability) {
        *match feature {
            Feature::Info => &mut self.info,
            Feature::Show => &mut self.show,
            Feature::Typing => &mut self.typing,
            Feature::Seen => &mut self.seen,
            Feature::Toggle => &mut self.toggle,
        } = ability;
    }

    /// Learns from how a request for a feature ended. A 404 with HTML is a missing route; with JSON, a missing record.
    pub(crate) fn learn(&mut self, feature: Feature, failure: Option<&Failure>) {
        match failure {
            None => self.set(feature, Ability::Yes),
            Some(Failure::Refused {
                status: 404,
                kind: BodyKind::Html,
                ..
            }) => self.set(feature, Ability::No),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;

    #[test]
    fn only_a_404_with_html_switches_a_feature_off() {
        let mut capabilities = Capabilities::default();
        capabilities.learn(Feature::Typing, Some(&eg::refused(404, BodyKind::Json)));
        capabilities.learn(Feature::Typing, Some(&eg::refused(500, BodyKind::Html)));
        capabilities.learn(Feature::Typing, Some(&Failure::TimedOut));
        assert_eq!(capabilities.typing, Ability::Unknown);
        capabilities.learn(Feature::Typing, Some(&eg::refused(404, BodyKind::Html)));
        assert_eq!(capabilities.typing, Ability::No);
        assert!(!capabilities.may(Feature::Typing));
        assert!(capabilities.may(Feature::Seen));
    }

    #[test]
    fn an_answer_proves_a_feature() {
        let mut capabilities = Capabilities::default();
        for feature in [
            Feature::Info,
            Feature::Show,
            Feature::Typing,
            Feature::Seen,
            Feature::Toggle,
        ] {
            capabilities.learn(feature, None);
            assert_eq!(capabilities.of(feature), Ability::Yes);
        }
    }
}
