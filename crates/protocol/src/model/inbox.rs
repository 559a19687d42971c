//! What an inbox tells about itself.

use crate::lenient::{Draft, Missing, Slot, Taker, deserialize_by_draft, own_draft};

/// The inbox as its public route shows it. What is missing is false or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches of the server's"
)]
pub struct Inbox {
    /// Its name.
    pub name: Option<String>,
    /// True when contacts must prove their identifier by an HMAC.
    pub identity_validation_enabled: bool,
    /// The IANA name of the zone that the working hours are meant in.
    pub timezone: Option<String>,
    /// True when the working hours count at all.
    pub working_hours_enabled: bool,
    /// One entry per day of the week, normally seven.
    pub working_hours: Vec<WorkingHours>,
    /// True when a survey follows a resolved conversation.
    pub csat_survey_enabled: bool,
    /// True when a greeting answers the first message.
    pub greeting_enabled: bool,
}

own_draft!(Inbox);

impl Taker for Inbox {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "name" => value.put_text(&mut self.name),
            "identity_validation_enabled" => value.put_truth(&mut self.identity_validation_enabled),
            "timezone" => value.put_filled(&mut self.timezone),
            "working_hours_enabled" => value.put_truth(&mut self.working_hours_enabled),
            "working_hours" => self.working_hours = value.list::<HoursDraft>(),
            "csat_survey_enabled" => value.put_truth(&mut self.csat_survey_enabled),
            "greeting_enabled" => value.put_truth(&mut self.greeting_enabled),
            _ => {}
        }
    }
}

/// The opening hours of one day of the week. Hours and minutes are mostly null on closed days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    /// 0 is Sunday, 6 Saturday.
    pub day_of_week: u8,
    /// Closed on this day, whatever the hours say.
    pub closed_all_day: bool,
    /// Open on this day, whatever the hours say.
    pub open_all_day: bool,
    /// Hour of opening, 0 to 23.
    pub open_hour: Option<u8>,
    /// Minute of opening, 0 to 59.
    pub open_minutes: Option<u8>,
    /// Hour of closing, 0 to 23.
    pub close_hour: Option<u8>,
    /// Minute of closing, 0 to 59.
    pub close_minutes: Option<u8>,
}

deserialize_by_draft!(WorkingHours: HoursDraft);

#[derive(Default)]
pub(crate) struct HoursDraft {
    day_of_week: Option<u8>,
    closed_all_day: bool,
    open_all_day: bool,
    open_hour: Option<u8>,
    open_minutes: Option<u8>,
    close_hour: Option<u8>,
    close_minutes: Option<u8>,
}

impl Taker for HoursDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "day_of_week" => self.day_of_week = value.number(),
            "closed_all_day" => value.put_truth(&mut self.closed_all_day),
            "open_all_day" => value.put_truth(&mut self.open_all_day),
            "open_hour" => self.open_hour = value.number(),
            "open_minutes" => self.open_minutes = value.number(),
            "close_hour" => self.close_hour = value.number(),
            "close_minutes" => self.close_minutes = value.number(),
            _ => {}
        }
    }
}

impl Draft for HoursDraft {
    type Whole = WorkingHours;

    fn finish(self) -> Result<WorkingHours, Missing> {
        let hour = |hour: Option<u8>| hour.filter(|hour| *hour < 24);
        let minutes = |minutes: Option<u8>| minutes.filter(|minutes| *minutes < 60);
        Ok(WorkingHours {
            day_of_week: self
                .day_of_week
                .filter(|day| *day < 7)
                .ok_or(Missing("day_of_week"))?,
            closed_all_day: self.closed_all_day,
            open_all_day: self.open_all_day,
            open_hour: hour(self.open_hour),
            open_minutes: minutes(self.open_minutes),
            close_hour: hour(self.close_hour),
            close_minutes: minutes(self.close_minutes),
        })
    }
}
