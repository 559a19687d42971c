//! One colour in, a readable palette out.
//!
//! The site owner gives one colour. From it come, for the light and the dark surface: the accent, the text on it, the
//! accent as text, a soft tint and the focus ring. Whatever the input, text reaches 4.5:1 and the ring 3:1 (WCAG 2.2
//! AA, 1.4.3 and 1.4.11); the tests prove it over a grid of all colours.

/// A colour of sRGB, 8 bits a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// What the style sheet needs for one of the two surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Fill of own bubbles, the send button and chosen pills.
    pub accent: Rgb,
    /// Text and icons on it.
    pub on_accent: Rgb,
    /// The accent as text on the surface, the tint and the grey of a bubble.
    pub accent_text: Rgb,
    /// Tint behind avatars and chosen faces.
    pub soft: Rgb,
    /// Focus ring.
    pub focus: Rgb,
}

/// The panel's ground in light and dark; `--surface` of the style sheet.
const LIGHT: Rgb = Rgb(0xff, 0xff, 0xff);
const DARK: Rgb = Rgb(0x1b, 0x1b, 0x1d);
/// The ground of others' bubbles; `--surface-2` of the style sheet.
const LIGHT_BUBBLE: Rgb = Rgb(0xf4, 0xf3, 0xf1);
const DARK_BUBBLE: Rgb = Rgb(0x27, 0x27, 0x2a);

/// AA for text, with a little room for the rounding of browsers.
const TEXT: f32 = 4.55;
/// AA for what is not text.
const SHAPE: f32 = 3.05;

/// Lightness (of `OKLab`) a dark surface's accent stands at.
const DARK_ACCENT: f32 = 0.77;
/// Factor of its colourfulness: a light colour needs more to look the same …
const DARK_COLOURFUL: f32 = 1.4;
/// … up to here, where it begins to glare.
const DARK_CHROMA: f32 = 0.14;

impl Rgb {
    /// Reads `#rgb`, `#rrggbb` and the two forms a browser gives back for any opaque colour, `#rrggbb` and
    /// `rgb(r, g, b)`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(hex) = text.strip_prefix('#') {
            let value = u32::from_str_radix(hex, 16).ok()?;
            let wide = |shift: u32| u8::try_from((value >> shift) & 0xff).ok();
            let narrow = |shift: u32| u8::try_from(((value >> shift) & 0xf) * 17).ok();
            return match hex.len() {
                6 => Some(Self(wide(16)?, wide(8)?, wide(0)?)),
                3 => Some(Self(narrow(8)?, narrow(4)?, narrow(0)?)),
                _ => None,
            };
        }
        let mut numbers = text
            .strip_prefix("rgb(")?
            .strip_suffix(')')?
            .split(',')
            .map(|part| part.trim().parse().ok());
        let colour = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(colour)
    }

    /// As `#rrggbb`.
    #[must_use]
    pub fn to_css(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::from("#");
        for channel in [self.0, self.1, self.2] {
            for digit in [channel >> 4, channel & 15] {
                text.push(
                    DIGITS
                        .get(usize::from(digit))
                        .map_or('0', |&byte| char::from(byte)),
                );
            }
        }
        text
    }

    fn linear(self) -> [f32; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                let value = (value + 0.055) / 1.055;
                // To the power of 2.4.
                value * value * root(value * value, 5)
            }
        })
    }

    fn luminance(self) -> f32 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// Contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
#[must_use]
pub fn contrast(one: Rgb, other: Rgb) -> f32 {
    let (one, other) = (one.luminance() + 0.05, other.luminance() + 0.05);
    if one > other { one / other } else { other / one }
}

/// The palette for a light surface: the owner's colour as given.
#[must_use]
pub fn light(brand: Rgb) -> Palette {
    let lab = Lab::of(brand);
    let soft = LIGHT.mix(brand, 0.10);
    Palette {
        accent: brand,
        on_accent: on(brand),
        accent_text: lab
            .scaled(lab.lightness * 0.92, 1.0)
            .until(-0.01, TEXT, &[LIGHT, LIGHT_BUBBLE, soft]),
        soft,
        focus: lab.until(-0.01, SHAPE, &[LIGHT, LIGHT_BUBBLE]),
    }
}

/// The palette for a dark surface: hue kept, lightness lifted.
#[must_use]
pub fn dark(brand: Rgb) -> Palette {
    let lab = Lab::of(brand);
    let chroma = (lab.a * lab.a + lab.b * lab.b).sqrt().max(f32::EPSILON);
    let lifted = lab.scaled(
        DARK_ACCENT.max(lab.lightness),
        DARK_COLOURFUL.min(DARK_CHROMA / chroma),
    );
    let accent = lifted.until(0.01, TEXT, &[DARK, DARK_BUBBLE]);
    let soft = DARK.mix(accent, 0.14);
    Palette {
        accent,
        on_accent: lifted.scaled(0.23, 0.28).until(-0.01, TEXT, &[accent]),
        accent_text: lifted.scaled(lifted.lightness + 0.04, 0.9).until(
            0.01,
            TEXT,
            &[DARK, DARK_BUBBLE, soft],
        ),
        soft,
        focus: accent,
    }
}

/// White where it can be read, else near-black, else black: on every colour one of them can.
fn on(ground: Rgb) -> Rgb {
    const CHOICES: [Rgb; 3] = [LIGHT, Rgb(0x1d, 0x1c, 0x1a), Rgb(0, 0, 0)];
    CHOICES
        .into_iter()
        .find(|&ink| contrast(ink, ground) >= TEXT)
        .unwrap_or(Rgb(0, 0, 0))
}

impl Rgb {
    /// This colour with a share of another, mixed as the browser mixes in `OKLab`.
    fn mix(self, other: Self, share: f32) -> Self {
        let (one, two) = (Lab::of(self), Lab::of(other));
        let between = |from: f32, to: f32| from + (to - from) * share;
        Lab {
            lightness: between(one.lightness, two.lightness),
            a: between(one.a, two.a),
            b: between(one.b, two.b),
        }
        .to_rgb()
    }
}

/// A colour in `OKLab` (Björn Ottosson, 2020): equal steps look equal, and lightness changes without the hue.
#[derive(Clone, Copy)]
struct Lab {
    lightness: f32,
    a: f32,
    b: f32,
}

impl Lab {
    fn of(colour: Rgb) -> Self {
        let [red, green, blue] = colour.linear();
        let l = root(
            0.412_221_47 * red + 0.536_332_55 * green + 0.051_445_995 * blue,
            3,
        );
        let m = root(0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue, 3);
        let s = root(0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue, 3);
        Self {
            lightness: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            a: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            b: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        }
    }

    fn to_rgb(self) -> Rgb {
        let cube = |value: f32| value * value * value;
        let l = cube(self.lightness + 0.396_337_78 * self.a + 0.215_803_76 * self.b);
        let m = cube(self.lightness - 0.105_561_346 * self.a - 0.063_854_17 * self.b);
        let s = cube(self.lightness - 0.089_484_18 * self.a - 1.291_485_5 * self.b);
        Rgb(
            channel(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
            channel(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
            channel(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
        )
    }

    /// At another lightness, with the colourfulness times `factor`.
    fn scaled(self, lightness: f32, factor: f32) -> Self {
        Self {
            lightness,
            a: self.a * factor,
            b: self.b * factor,
        }
    }

    /// Moves the lightness by `step` until the colour stands out from every ground. Ends at black or white, where it
    /// does for the grounds of this module.
    fn until(mut self, step: f32, ratio: f32, grounds: &[Rgb]) -> Rgb {
        loop {
            let colour = self.to_rgb();
            if grounds.iter().all(|&ground| contrast(colour, ground) >= ratio) {
                return colour;
            }
            self.lightness += step;
            if self.lightness <= 0.0 {
                return Rgb(0, 0, 0);
            }
            if self.lightness >= 1.0 {
                return LIGHT;
            }
        }
    }
}

/// Linear light to an 8-bit channel, cut to what exists.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255 first"
)]
fn channel(linear: f32) -> u8 {
    let value = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        // To the power of 1 / 2.4.
        let half = linear.sqrt();
        1.055 * half.sqrt() * root(half, 3) - 0.055
    };
    (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

/// The root of this degree, by Newton's method: the library's powers bring their tables along. From 0 to a little over
/// 1, which is where light is, it is as exact as the type.
fn root(value: f32, degree: u8) -> f32 {
    if value <= 0.0 {
        return 0.0;
    }
    let mut root = value.max(1.0);
    for _ in 0..32 {
        let power = (1..degree).fold(1.0, |power, _| power * root);
        root -= (root - value / power) / f32::from(degree);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mock's green, and what it should become in the dark.
    const GREEN: Rgb = Rgb(0x2f, 0x5d, 0x50);

    #[test]
    fn roots_are_those_of_the_library() {
        for step in 1..=1_300_u16 {
            let value = f32::from(step) / 1_000.0;
            for degree in [3, 5] {
                let expected = value.powf(1.0 / f32::from(degree));
                assert!((root(value, degree) - expected).abs() < 1e-6, "{value} {degree}");
            }
        }
    }

    #[test]
    fn colours_are_read_in_the_forms_a_browser_gives() {
        assert_eq!(Rgb::parse(" #2f5d50 "), Some(GREEN));
        assert_eq!(Rgb::parse("rgb(47, 93, 80)"), Some(GREEN));
        assert_eq!(Rgb::parse("#f0a"), Some(Rgb(0xff, 0, 0xaa)));
        for wrong in [
            "",
            "#",
            "#12345",
            "#12345g",
            "rgb(1, 2)",
            "rgb(1, 2, 3, 4)",
            "rgb(1, 2, 300)",
            "green",
        ] {
            assert_eq!(Rgb::parse(wrong), None, "{wrong}");
        }
        assert_eq!(GREEN.to_css(), "#2f5d50");
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(LIGHT, Rgb(0, 0, 0)) - 21.0).abs() < 0.001);
        assert!((contrast(Rgb(0x77, 0x77, 0x77), LIGHT) - 4.478).abs() < 0.01);
    }

    #[test]
    fn every_colour_gives_a_readable_palette() {
        let steps = || (0..=255u8).step_by(15);
        let mut tried = 0;
        for red in steps() {
            for green in steps() {
                for blue in steps() {
                    let brand = Rgb(red, green, blue);
                    assert_readable(brand, &light(brand), [LIGHT, LIGHT_BUBBLE]);
                    assert_readable(brand, &dark(brand), [DARK, DARK_BUBBLE]);
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 18 * 18 * 18);
    }

    fn assert_readable(brand: Rgb, palette: &Palette, [surface, bubble]: [Rgb; 2]) {
        assert!(
            contrast(palette.on_accent, palette.accent) >= 4.5,
            "text on the accent of {brand:?}: {palette:?}"
        );
        for ground in [surface, bubble, palette.soft] {
            assert!(
                contrast(palette.accent_text, ground) >= 4.5,
                "accent as text of {brand:?}: {palette:?}"
            );
        }
        for ground in [surface, bubble] {
            assert!(
                contrast(palette.focus, ground) >= 3.0,
                "focus ring of {brand:?}: {palette:?}"
            );
        }
    }

    #[test]
    fn the_dark_accent_of_the_default_green_is_the_drawn_one() {
        let palette = dark(GREEN);
        for (derived, drawn) in [
            (palette.accent, Rgb(0x7f, 0xc4, 0xae)),
            (palette.on_accent, Rgb(0x10, 0x21, 0x1c)),
            (palette.accent_text, Rgb(0x8f, 0xd0, 0xbb)),
        ] {
            for (one, other) in [(derived.0, drawn.0), (derived.1, drawn.1), (derived.2, drawn.2)] {
                assert!(one.abs_diff(other) <= 8, "{derived:?} {drawn:?}");
            }
        }
    }

    #[test]
    fn the_surfaces_are_those_of_the_style_sheet() {
        let sheet = include_str!("../../style/tokens.css");
        for (name, colour) in [
            ("surface", LIGHT),
            ("surface-2", LIGHT_BUBBLE),
            ("surface", DARK),
            ("surface-2", DARK_BUBBLE),
        ] {
            let line = format!("--{name}: {};", colour.to_css().replace("#ffffff", "#fff"));
            assert!(sheet.contains(&line), "{line}");
        }
        let (day, night) = (light(GREEN), dark(GREEN));
        for (name, colour) in [
            ("light-accent", day.accent),
            ("light-text", day.accent_text),
            ("light-soft", day.soft),
            ("light-focus", day.focus),
            ("dark-accent", night.accent),
            ("dark-on", night.on_accent),
            ("dark-text", night.accent_text),
            ("dark-soft", night.soft),
        ] {
            let fallback = format!("var(--cf-{name}, {})", colour.to_css());
            assert!(sheet.contains(&fallback), "{fallback}");
        }
    }
}
