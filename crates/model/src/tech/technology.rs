//! A technology: classes of components, and the law that each price and area follows with size.
//!
//! A law is a few published points of a price or area over one variable. At a point it gives the point's value; between two
//! and beyond the ends it follows the power law through the two nearest points (proportion, when there is one point).
//! Outside its range, or for what is not in the table, there is none, and asking for one is an error.

use crate::provenance::Unit;

/// What a law's prices depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// The bits of a word.
    Bits,
    /// The bytes of a memory.
    Bytes,
}

/// How a price grows with size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// With what.
    pub over: Variable,
    /// Published points, by rising size: (size, price).
    pub points: &'static [(u64, f64)],
    /// The smallest size that it is trusted for.
    pub least: u64,
    /// The largest.
    pub most: u64,
    /// The bits of one action at the points, of which a narrower word pays its share; none where the price is of a
    /// word whatever its width.
    pub per_bits: Option<u64>,
}

/// A class of components.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What an action costs: the sum of these.
    pub energy: &'static [Law],
    /// What one takes: the sum of these; none where it is not known.
    pub area: &'static [Law],
}

/// The component prices of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Technology {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// Where its numbers come from.
    pub source: &'static str,
    /// What its energies are in.
    pub unit: Unit,
    /// Its classes, in the order of every table.
    pub classes: &'static [Class],
    /// What its areas are in, and where they come from.
    pub area: Areas,
}

/// The areas of a technology.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Areas {
    /// What they are in.
    pub unit: &'static str,
    /// Where they come from.
    pub source: &'static str,
    /// A memory's, by its bytes; none where it is not known.
    pub storage: Option<Law>,
}

/// How large a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bits of a word.
    pub bits: u64,
    /// Bytes of a memory; none for what is no memory, or holds as much as anybody asks for.
    pub bytes: Option<u64>,
}

/// A price with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// What one action on one word costs, or what one component takes.
    pub price: f64,
    /// Where that comes from.
    pub source: String,
}

/// What is asked of a technology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What an action costs.
    Price,
    /// What a component takes.
    Area,
}

/// Why there is no price or area.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuoteError {
    /// The technology has no such class.
    #[error("{technology} has no {} for {class:?}; it has {known}", .asked.name())]
    Class {
        /// The technology.
        technology: &'static str,
        /// What of it was asked for.
        asked: Asked,
        /// Of which class.
        class: String,
        /// The classes there are.
        known: String,
    },
    /// It depends on a capacity that is not given.
    #[error("{technology}: the {} of {class} depends on its capacity, which is not bounded", .asked.name())]
    Unbounded {
        /// The technology.
        technology: &'static str,
        /// What of it was asked for.
        asked: Asked,
        /// The class.
        class: &'static str,
    },
    /// The size is outside what the law is trusted for.
    #[error("{technology}: the {} of {class} is known for {least} to {most} {unit}, found {found}", .asked.name())]
    Range {
        /// The technology.
        technology: &'static str,
        /// What of it was asked for.
        asked: Asked,
        /// The class.
        class: &'static str,
        /// The smallest size.
        least: u64,
        /// The largest.
        most: u64,
        /// What sizes are in.
        unit: &'static str,
        /// The size asked for.
        found: u64,
    },
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Asked::Price => "price",
            Asked::Area => "area",
        }
    }
}

impl Technology {
    /// The class of that name, whatever its case, that has what is asked.
    fn class(&self, name: &str, asked: Asked) -> Result<(&'static str, &'static [Law]), QuoteError> {
        let laws = |class: &Class| match asked {
            Asked::Price => class.energy,
            Asked::Area => class.area,
        };
        let class = self.classes.iter().find(|class| class.name.eq_ignore_ascii_case(name) && !laws(class).is_empty());
        class.map(|class| (class.name, laws(class))).ok_or_else(|| self.unknown(name, asked))
    }

    fn unknown(&self, class: &str, asked: Asked) -> QuoteError {
        let has = |class: &&Class| asked == Asked::Price || !class.area.is_empty();
        let mut known: Vec<&str> = self.classes.iter().filter(has).map(|class| class.name).collect();
        if asked == Asked::Area && self.area.storage.is_some() {
            known.push("storage");
        }
        QuoteError::Class { technology: self.name, asked, class: class.to_string(), known: known.join(", ") }
    }

    /// What one action of a component costs.
    pub fn energy(&self, class: &str, size: Size) -> Result<Quote, QuoteError> {
        let (class, laws) = self.class(class, Asked::Price)?;
        self.quote(Asked::Price, class, laws, size)
    }

    /// What a component that is no memory takes.
    pub fn component_area(&self, class: &str, size: Size) -> Result<Quote, QuoteError> {
        let (class, laws) = self.class(class, Asked::Area)?;
        self.quote(Asked::Area, class, laws, size)
    }

    /// What a memory takes.
    pub fn storage_area(&self, size: Size) -> Result<Quote, QuoteError> {
        match &self.area.storage {
            Some(law) => self.quote(Asked::Area, "storage", std::slice::from_ref(law), size),
            None => Err(self.unknown("storage", Asked::Area)),
        }
    }

    fn quote(&self, asked: Asked, class: &'static str, laws: &[Law], size: Size) -> Result<Quote, QuoteError> {
        let technology = self.name;
        let mut price = 0.0;
        let mut steps = String::new();
        for law in laws {
            let at = law.over.of(size).ok_or(QuoteError::Unbounded { technology, asked, class })?;
            let (least, most, unit) = (law.least, law.most, law.over.unit());
            if !(least..=most).contains(&at) {
                return Err(QuoteError::Range { technology, asked, class, least, most, unit, found: at });
            }
            price += law.at(at) * law.per_bits.map_or(1.0, |bits| size.bits as f64 / bits as f64);
            if let Some(step) = law.step(at) {
                steps += &format!(", {step}");
            }
        }
        let source = match asked {
            Asked::Price => self.source,
            Asked::Area => self.area.source,
        };
        Ok(Quote { price, source: format!("{technology} {class}{steps}: {source}") })
    }
}

impl Variable {
    fn of(self, size: Size) -> Option<u64> {
        match self {
            Variable::Bits => Some(size.bits),
            Variable::Bytes => size.bytes,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Variable::Bits => "bits",
            Variable::Bytes => "bytes",
        }
    }
}

impl Law {
    /// The price at a size.
    fn at(&self, size: u64) -> f64 {
        let ratio = |a: u64, b: u64| a as f64 / b as f64;
        match self.around(size) {
            [(x, price)] => price * ratio(size, *x),
            [(a, low), (b, high)] => low * ratio(size, *a).powf((high / low).ln() / ratio(*b, *a).ln()),
            _ => unreachable!("a law has points"),
        }
    }

    /// The points that decide the price at a size: the two nearest, or the only one.
    fn around(&self, size: u64) -> &[(u64, f64)] {
        let above = self.points.partition_point(|&(x, _)| x < size);
        let first = above.saturating_sub(1).min(self.points.len().saturating_sub(2));
        &self.points[first..self.points.len().min(first + 2)]
    }

    /// How the price at a size was had from the points, unless it is that of a point.
    fn step(&self, size: u64) -> Option<String> {
        if self.points.iter().any(|&(x, _)| x == size) {
            return None;
        }
        let unit = self.over.unit();
        Some(match self.around(size) {
            [(a, _), (b, _)] => format!("{size} {unit} by the power law through {a} and {b}"),
            _ => format!("{size} {unit} in proportion"),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::tech::{HOROWITZ_45NM, ISCA16, QuoteError, Size, TECHNOLOGIES};

    const fn word(bits: u64) -> Size {
        Size { bits, bytes: None }
    }

    const fn memory(bytes: u64, bits: u64) -> Size {
        Size { bits, bytes: Some(bytes) }
    }

    #[test]
    fn laws_are_increasing_and_positive() {
        for technology in TECHNOLOGIES {
            let laws = technology.classes.iter().flat_map(|class| class.energy.iter().chain(class.area));
            for law in laws.chain(&technology.area.storage) {
                assert!(!law.points.is_empty() && law.points.is_sorted());
                assert!(law.points.iter().all(|&(x, price)| x > 0 && price > 0.0));
                assert!(law.points.iter().all(|&(x, _)| law.least <= x && x <= law.most), "{}", technology.name);
            }
        }
    }

    #[test]
    fn published_points_are_given_back() {
        for (class, size, price) in [
            ("SRAM", memory(8 << 10, 64), 10.0),
            ("SRAM", memory(1 << 20, 64), 100.0),
            ("SRAM", memory(32 << 10, 16), 5.0),
            ("int multiply", word(32), 3.1),
            ("float add", word(16), 0.4),
            ("int mac", word(8), 0.23),
            ("dram", word(64), 1300.0),
            ("DRAM", word(16), 325.0),
        ] {
            let quote = HOROWITZ_45NM.energy(class, size).expect("a price");
            assert!((quote.price - price).abs() < 1e-9, "{class}: {quote:?}");
        }
        let quote = ISCA16.energy("GLB", memory(108 << 10, 16)).expect("a price");
        assert_eq!(quote.price, 6.0);
        assert!(quote.source.starts_with("isca16 GLB: Chen"), "{}", quote.source);
        assert_eq!(ISCA16.energy("RF", word(8)).expect("a price").price, 0.5);
    }

    #[test]
    fn between_points_prices_follow_the_power_law_and_say_so() {
        // Half way between 8 and 32 bits on a logarithmic scale: the geometric mean.
        let quote = HOROWITZ_45NM.energy("int multiply", word(16)).expect("a price");
        assert!((quote.price - (0.2f64 * 3.1).sqrt()).abs() < 1e-9);
        assert!(quote.source.contains("16 bits by the power law through 8 and 32"), "{}", quote.source);
        // Below the smallest cache: a quarter of the capacity, half the price.
        let quote = HOROWITZ_45NM.energy("SRAM", memory(2 << 10, 64)).expect("a price");
        assert!((quote.price - 5.0).abs() < 1e-9);
        assert!(quote.source.contains("2048 bytes by the power law through 8192 and 32768"), "{}", quote.source);
    }

    #[test]
    fn what_is_not_in_the_table_has_no_price() {
        let error = |class, size| HOROWITZ_45NM.energy(class, size).expect_err("no price");
        assert_eq!(
            error("flash", word(16)).to_string(),
            "horowitz-45nm has no price for \"flash\"; it has DRAM, SRAM, int add, int multiply, int MAC, float add, \
             float multiply, float MAC"
        );
        assert!(matches!(error("SRAM", word(16)), QuoteError::Unbounded { .. }));
        assert_eq!(
            error("float add", word(4)).to_string(),
            "horowitz-45nm: the price of float add is known for 8 to 64 bits, found 4"
        );
        assert!(matches!(error("SRAM", memory(1 << 40, 16)), QuoteError::Range { .. }));
    }
}
