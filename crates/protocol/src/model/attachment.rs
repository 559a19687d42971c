//! Files, places and whatever else hangs on a message.

use crate::id::AttachmentId;
use crate::lenient::{Draft, Missing, Slot, Taker, deserialize_by_draft};

/// One attachment of a message. Which parts are there depends on the kind; blank texts are None.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// The database id.
    pub id: Option<AttachmentId>,
    /// What it is.
    pub kind: AttachmentKind,
    /// Where it is: permanent, for elements and links, not for `fetch` (no CORS).
    pub data_url: Option<String>,
    /// A smaller picture of it.
    pub thumb_url: Option<String>,
    /// Bytes.
    pub file_size: Option<u64>,
    /// Pixels; known some time after the upload (since 3.7.0).
    pub width: Option<u32>,
    /// Pixels; known some time after the upload (since 3.7.0).
    pub height: Option<u32>,
    /// The media type found from bytes and name (since 4.13.0).
    pub content_type: Option<String>,
    /// The ending of the file's name, without a dot.
    pub extension: Option<String>,
    /// What to show where there is no file: a place's name, a page's title, a telephone number.
    pub fallback_title: Option<String>,
    /// What is said in a sound (since 4.3.0).
    pub transcribed_text: Option<String>,
    /// Latitude and longitude of a place, in degrees, as they are written.
    pub coordinates: Option<(String, String)>,
}

/// What an attachment is (`file_type` on the wire).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture that browsers show.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Any other file.
    File,
    /// A place on earth.
    Location,
    /// A title with a link.
    Fallback,
    /// A contact card.
    Contact,
    /// Something to embed, given by its address.
    Embed,
    /// Something shared from another channel: `share`, `story_mention`, `ig_reel`, `ig_post`, `ig_story`.
    Share,
    /// A kind not known here, by its name on the wire; empty where none is given. A link, if there is a `data_url`.
    Unknown(String),
}

deserialize_by_draft!(Attachment: AttachmentDraft);

#[derive(Default)]
pub(crate) struct AttachmentDraft {
    id: Option<i64>,
    kind: Option<String>,
    data_url: Option<String>,
    thumb_url: Option<String>,
    file_size: Option<u64>,
    width: Option<u32>,
    height: Option<u32>,
    content_type: Option<String>,
    extension: Option<String>,
    fallback_title: Option<String>,
    transcribed_text: Option<String>,
    latitude: Option<String>,
    longitude: Option<String>,
}

impl Taker for AttachmentDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => value.put_int(&mut self.id),
            "file_type" => value.put_text(&mut self.kind),
            "data_url" => value.put_filled(&mut self.data_url),
            "thumb_url" => value.put_filled(&mut self.thumb_url),
            "file_size" => self.file_size = value.number(),
            "width" => self.width = value.number(),
            "height" => self.height = value.number(),
            "content_type" => value.put_filled(&mut self.content_type),
            "extension" => value.put_filled(&mut self.extension),
            "fallback_title" => value.put_filled(&mut self.fallback_title),
            "transcribed_text" => value.put_filled(&mut self.transcribed_text),
            "coordinates_lat" => self.latitude = value.written(),
            "coordinates_long" => self.longitude = value.written(),
            _ => {}
        }
    }
}

impl Draft for AttachmentDraft {
    type Whole = Attachment;

    fn finish(self) -> Result<Attachment, Missing> {
        Ok(Attachment {
            id: self.id.map(AttachmentId),
            kind: kind_of(self.kind),
            data_url: self.data_url,
            thumb_url: self.thumb_url,
            file_size: self.file_size,
            width: self.width,
            height: self.height,
            content_type: self.content_type,
            extension: self.extension,
            fallback_title: self.fallback_title,
            transcribed_text: self.transcribed_text,
            coordinates: self.latitude.zip(self.longitude),
        })
    }
}

fn kind_of(word: Option<String>) -> AttachmentKind {
    let word = word.unwrap_or_default();
    match word.as_str() {
        "image" => AttachmentKind::Image,
        "audio" => AttachmentKind::Audio,
        "video" => AttachmentKind::Video,
        "file" => AttachmentKind::File,
        "location" => AttachmentKind::Location,
        "fallback" => AttachmentKind::Fallback,
        "contact" => AttachmentKind::Contact,
        "embed" => AttachmentKind::Embed,
        "share" | "story_mention" | "ig_reel" | "ig_post" | "ig_story" => AttachmentKind::Share,
        _ => AttachmentKind::Unknown(word),
    }
}
