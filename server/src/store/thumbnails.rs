//! Small pictures of images. What claims to be larger than a camera makes is refused before it is unpacked.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::media;

/// Width of a thumbnail; the height follows the image.
const WIDTH: u32 = 250;
/// Longer ones are cut in the middle.
const TALLEST: u32 = 10 * WIDTH;
/// Longest side of an image that is opened.
const LONGEST_SIDE: u32 = 20_000;
/// Most memory an image may take unpacked.
const MEMORY: u64 = 192 * 1024 * 1024;
/// Largest file that is opened: some decoders read all of it first.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Width and height of an image as it is shown, from its first bytes; None when it cannot be read.
pub fn measure(path: &Path) -> Option<(u32, u32)> {
    let mut decoder = decoder(path).ok()?;
    let (width, height) = decoder.dimensions();
    Some(if turns(decoder.orientation().ok()?) {
        (height, width)
    } else {
        (width, height)
    })
}

fn turns(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Writes the thumbnail of an image of that type.
pub fn make(image: &Path, thumbnail: &Path, content_type: &str) -> io::Result<()> {
    let small = reduced(decoder(image).map_err(io::Error::other)?).map_err(io::Error::other)?;
    let mut out = BufWriter::new(File::create(thumbnail)?);
    match media::thumbnail_format(content_type).0 {
        "image/jpeg" => small.to_rgb8().write_to(&mut out, ImageFormat::Jpeg),
        "image/gif" => small.to_rgba8().write_to(&mut out, ImageFormat::Gif),
        _ => small.write_to(&mut out, ImageFormat::Png),
    }
    .map_err(io::Error::other)?;
    out.flush()?;
    // After a power cut a name must not stand for half a picture.
    out.get_ref().sync_all()
}

fn decoder(path: &Path) -> image::ImageResult<impl ImageDecoder> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    let file = File::open(path)?;
    if file.metadata()?.len() > LARGEST {
        return Err(io::Error::other("too large a file for an image").into());
    }
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format()?;
    reader.limits(limits);
    reader.into_decoder()
}

fn reduced(decoder: impl ImageDecoder) -> image::ImageResult<DynamicImage> {
    let mut decoder = decoder;
    if decoder.total_bytes() > MEMORY {
        return Err(image::ImageError::Limits(image::error::LimitError::from_kind(
            image::error::LimitErrorKind::InsufficientMemory,
        )));
    }
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width().max(1), image.height().max(1));
    let tallest = width.saturating_mul(TALLEST / WIDTH);
    if height > tallest {
        image = image.crop_imm(0, (height - tallest) / 2, width, tallest);
    }
    let scaled = u64::from(image.height()) * u64::from(WIDTH) / u64::from(width);
    let height = u32::try_from(scaled).unwrap_or(TALLEST).clamp(1, TALLEST);
    // First roughly, which is quick for large ones, then well.
    if image.width() > 4 * WIDTH {
        image = image.thumbnail_exact(2 * WIDTH, 2 * height);
    }
    Ok(image.resize_exact(WIDTH, height, FilterType::Triangle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::path::PathBuf;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("confab-test-{}", Random::new(None).key()));
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn thumbnail_of(
        folder: &Folder,
        bytes: &[u8],
        content_type: &str,
    ) -> io::Result<(u32, u32, ImageFormat)> {
        let (from, to) = (folder.0.join("a"), folder.0.join("b"));
        std::fs::write(&from, bytes).unwrap();
        make(&from, &to, content_type)?;
        let made = std::fs::read(&to).unwrap();
        let image = image::load_from_memory(&made).unwrap();
        Ok((image.width(), image.height(), image::guess_format(&made).unwrap()))
    }

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut out = io::Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut out, format)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn thumbnails_are_250_wide_in_a_format_browsers_know() {
        let folder = Folder::new();
        for (width, height, format, kind, wanted) in [
            (2, 2, ImageFormat::Png, "image/png", (250, 250, ImageFormat::Png)),
            (
                2000,
                1000,
                ImageFormat::Jpeg,
                "image/jpeg",
                (250, 125, ImageFormat::Jpeg),
            ),
            (
                500,
                300,
                ImageFormat::Gif,
                "image/gif",
                (250, 150, ImageFormat::Gif),
            ),
            (
                500,
                300,
                ImageFormat::Bmp,
                "image/bmp",
                (250, 150, ImageFormat::Png),
            ),
            (
                500,
                300,
                ImageFormat::WebP,
                "image/webp",
                (250, 150, ImageFormat::Png),
            ),
            (
                1,
                9000,
                ImageFormat::Png,
                "image/png",
                (250, 2500, ImageFormat::Png),
            ),
        ] {
            let bytes = picture(width, height, format);
            assert_eq!(thumbnail_of(&folder, &bytes, kind).unwrap(), wanted);
            assert_eq!(measure(&folder.0.join("a")), Some((width, height)));
        }
    }

    #[test]
    fn bombs_and_rubbish_are_refused() {
        let folder = Folder::new();
        assert!(thumbnail_of(&folder, b"no image", "image/png").is_err());
        assert_eq!(measure(&folder.0.join("a")), None);
        // A bitmap of 54 bytes that says it is 60,000 pixels wide and high.
        let mut bomb = picture(1, 1, ImageFormat::Bmp);
        for at in [18, 22] {
            bomb[at..at + 4].copy_from_slice(&60_000_u32.to_le_bytes());
        }
        assert!(thumbnail_of(&folder, &bomb, "image/bmp").is_err());
        // Within the sides, yet too much memory.
        for at in [18, 22] {
            bomb[at..at + 4].copy_from_slice(&19_000_u32.to_le_bytes());
        }
        assert!(thumbnail_of(&folder, &bomb, "image/bmp").is_err());
    }
}
