//! One layer of a prototxt as it is meant: V1 and V2 files alike, and whether it takes part in testing.

use super::schema;
use crate::error::{Error, Place, quoted};
use crate::proto::Message;

/// A layer.
pub(super) struct Layer<'n> {
    pub message: &'n Message<'n>,
    /// Where it is, for errors.
    pub place: Place,
    pub name: &'n str,
    /// Its type by its V2 name.
    pub kind: String,
    pub bottoms: Vec<&'n str>,
    pub tops: Vec<&'n str>,
}

/// All layers of `net` that are part of the network for testing.
pub(super) fn layers<'n>(net: &'n Message<'n>, file: &Place) -> Result<Vec<Layer<'n>>, Error> {
    let (v1, v2) = (net.messages("layers").count(), net.messages("layer").count());
    if v1 > 0 && v2 > 0 {
        let found = format!("{v1} fields \"layers\" (V1) and {v2} fields \"layer\" (V2)");
        return Err(Error::unusable(file.clone(), found, "one kind"));
    }
    let all = net.messages("layers").chain(net.messages("layer"));
    Ok(all.filter(|layer| takes_part(layer)).map(|message| Layer::new(message, file)).collect())
}

impl<'n> Layer<'n> {
    fn new(message: &'n Message<'n>, file: &Place) -> Self {
        let kind = kind(message);
        let name = message.text("name");
        let shown: String = kind.chars().take(60).collect();
        let place = file.at(message.position).item(format!("layer {} ({shown})", quoted(name)));
        Layer { message, place, name, kind, bottoms: message.texts("bottom"), tops: message.texts("top") }
    }

    /// The layer's parameters of one kind, where it states them.
    pub fn parameters(&self, name: &'static str) -> Option<&'n Message<'n>> {
        self.message.kind.named(name).and_then(|_| self.message.message(name))
    }

    /// A refusal of this layer.
    pub fn unusable(&self, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::unusable(self.place.clone(), found, expected)
    }
}

/// The name of a layer's type as V2 files spell it.
pub(super) fn kind(message: &Message) -> String {
    match message.int("type") {
        None => message.text("type").into(),
        Some(number) => match schema::V1_TYPE.name(number) {
            None => number.to_string(),
            Some("LRN") => "LRN".into(),
            Some("MVN") => "MVN".into(),
            Some("RELU") => "ReLU".into(),
            Some("TANH") => "TanH".into(),
            Some("SOFTMAX_LOSS") => "SoftmaxWithLoss".into(),
            Some(name) => camel_case(name),
        },
    }
}

/// INNER_PRODUCT to InnerProduct.
fn camel_case(name: &str) -> String {
    let capitalised = name.split('_').map(|word| word[..1].to_string() + &word[1..].to_lowercase());
    capitalised.collect()
}

/// Caffe's rule: with `include` rules any of them must be met, else none of the `exclude` rules may be.
fn takes_part(layer: &Message) -> bool {
    let mut includes = layer.messages("include").peekable();
    if includes.peek().is_some() { includes.any(is_met) } else { !layer.messages("exclude").any(is_met) }
}

/// Whether a rule holds in the testing phase, at level 0, in no stage.
fn is_met(rule: &Message) -> bool {
    const TEST: i64 = 1;
    rule.int("phase").is_none_or(|phase| phase == TEST)
        && rule.int("min_level").is_none_or(|level| level <= 0)
        && rule.int("max_level").is_none_or(|level| level >= 0)
        && rule.texts("stage").is_empty()
}
