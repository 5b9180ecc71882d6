//! From the nodes of a graph to the layers of a network: which value each name stands for, and who reads it.

use std::collections::{HashMap, HashSet};

use nn::{LayerId, Network, Op, Weights};

use super::external::External;
use super::node::Node;
use super::operators;
use super::tensor::{self, Budget, Constant};
use crate::error::{Error, Place, quoted};
use crate::graph::{Affine, Graph};
use crate::limits::{check, product};
use crate::network::ReadOptions;
use crate::proto::Message;

/// What the name of a value stands for.
#[derive(Clone)]
pub(super) enum Value<'m> {
    /// The output of a layer.
    Layer(LayerId),
    /// A tensor of the file, decoded where it is used.
    Initializer(&'m Message<'m>),
    /// A constant that nodes computed.
    Constant(Constant),
}

/// Reads one graph.
pub(super) struct Reader<'m> {
    graph: &'m Message<'m>,
    file: Place,
    /// The version of the standard operators.
    pub opset: i64,
    /// The batch that the file declares; 1 when it leaves it open.
    pub batch: i64,
    layers: Graph,
    values: HashMap<&'m str, Value<'m>>,
    /// How often each name is read.
    uses: HashMap<&'m str, usize>,
    /// How often each layer is read, under any name.
    layer_uses: HashMap<LayerId, usize>,
    /// Elements of constants.
    pub budget: Budget,
    external: Option<External>,
    output: &'m str,
    /// Indices of the nodes that the output depends on.
    needed: HashSet<usize>,
}

impl<'m> Reader<'m> {
    /// Finds the initialisers, the input and the output.
    pub fn new(graph: &'m Message<'m>, opset: i64, file: &Place, options: &ReadOptions) -> Result<Self, Error> {
        let external = options.external_data.then(|| External::beside(file.path())).transpose()?;
        let budget = Budget { used: 0, limit: options.limits.elements };
        let mut reader = Reader {
            graph,
            file: file.clone(),
            opset,
            batch: 1,
            layers: Graph::default(),
            values: HashMap::new(),
            uses: HashMap::new(),
            layer_uses: HashMap::new(),
            budget,
            external,
            output: "",
            needed: HashSet::new(),
        };
        for tensor in graph.messages("initializer") {
            reader.values.insert(tensor.text("name"), Value::Initializer(tensor));
        }
        reader.output = reader.choose_output(options.output.as_deref())?;
        reader.find_needed();
        reader.read_input()?;
        Ok(reader)
    }

    /// The output that is wanted, which may be any value, or the only one of the graph.
    fn choose_output(&self, wanted: Option<&str>) -> Result<&'m str, Error> {
        let outputs: Vec<&str> = self.graph.messages("output").map(|output| output.text("name")).collect();
        match (wanted, outputs.as_slice()) {
            (None, [only]) => Ok(only),
            (None, names) => {
                let names: Vec<_> = names.iter().take(8).map(|name| quoted(name)).collect();
                let found =
                    if names.is_empty() { "no outputs".into() } else { format!("outputs {}", names.join(", ")) };
                Err(Error::unusable(self.file.clone(), found, "one output, or the name of one"))
            }
            (Some(wanted), _) => {
                let values = || self.graph.messages("node").flat_map(|node| node.texts("output"));
                values().find(|&name| name == wanted).ok_or_else(|| {
                    let found = format!("no value {}", quoted(wanted));
                    Error::unusable(self.file.clone(), found, "the wanted output").near(wanted, values())
                })
            }
        }
    }

    /// Finds the nodes that the output depends on, and counts the readers of each value among them.
    fn find_needed(&mut self) {
        self.uses.insert(self.output, 1);
        let nodes: Vec<_> = self.graph.messages("node").collect();
        for (index, node) in nodes.into_iter().enumerate().rev() {
            if node.texts("output").iter().any(|name| self.uses.contains_key(name)) {
                self.needed.insert(index);
                for name in node.texts("input") {
                    *self.uses.entry(name).or_default() += 1;
                }
            }
        }
    }

    /// The one graph input that is no initialiser (files of IR version 3 list both as inputs).
    fn read_input(&mut self) -> Result<(), Error> {
        let inputs = self.graph.messages("input").filter(|input| !self.values.contains_key(input.text("name")));
        let inputs: Vec<_> = inputs.collect();
        let [input] = inputs.as_slice() else {
            let names: Vec<_> = inputs.iter().take(8).map(|input| quoted(input.text("name"))).collect();
            let found = format!("{} inputs {}", inputs.len(), names.join(", "));
            return Err(Error::unusable(self.file.clone(), found.trim_end(), "one input"));
        };
        let name = input.text("name");
        let place = self.file.at(input.position).item(format!("input {}", quoted(name)));
        let shape = input.message("type").and_then(|kind| kind.message("tensor_type"));
        let shape = shape.and_then(|tensor| tensor.message("shape"));
        let dims: Vec<Option<i64>> = match shape {
            Some(shape) => shape.messages("dim").map(|dim| dim.int("dim_value")).collect(),
            None => Vec::new(),
        };
        let known: Option<Vec<i64>> = dims.iter().skip(1).copied().collect();
        let Some(known) = known.filter(|dims| (1..8).contains(&dims.len())) else {
            let shown: Vec<_> = dims.iter().take(8).map(|dim| dim.map_or("?".into(), |dim| dim.to_string())).collect();
            let found = format!("dimensions [{}]", shown.join(", "));
            return Err(Error::unusable(place, found, "a batch and known sizes such as [N, 3, 224, 224]"));
        };
        product(&place, &known, nn::network::MAX_ELEMENTS as u64)?;
        self.batch = dims[0].filter(|&batch| batch > 0).unwrap_or(1);
        let dims = known.iter().map(|&dim| dim as usize).collect();
        let id = self.layers.push(&place, name, Op::Input { dims }, Vec::new(), None)?;
        self.bind(name, Value::Layer(id), false);
        Ok(())
    }

    /// Reads the nodes that are needed.
    pub fn read(mut self) -> Result<Network, Error> {
        for (index, message) in self.graph.messages("node").enumerate() {
            if !self.needed.contains(&index) {
                continue;
            }
            let node = Node::new(message, index, &self.file);
            let operator = operators::find(&node)?;
            node.check_attributes(operator.attributes)?;
            let Some(&output) = node.outputs.first() else {
                return Err(node.unusable("no output", "one"));
            };
            if let Some(read) = node.outputs[1..].iter().find(|name| !name.is_empty() && self.uses.contains_key(*name))
            {
                return Err(node.unusable(format!("a reader of its output {}", quoted(read)), "none but of its first"));
            }
            if self.values.contains_key(output) {
                return Err(node.unusable(format!("a second value {}", quoted(output)), "one of each name"));
            }
            let before = self.layers.len();
            let value = (operator.read)(&mut self, &node)?;
            if let Value::Constant(constant) = &value {
                check(&node.place, "dimensions of a constant", constant.dims.len() as u64, tensor::MAX_RANK)?;
            }
            let alias = matches!(value, Value::Layer(id) if (id.0 as usize) < before);
            self.bind(output, value, alias);
        }
        let output = self.output;
        match self.values.get(output) {
            Some(&Value::Layer(id)) => self.layers.finish(&self.file, self.graph.text("name"), id),
            Some(_) => Err(Error::unusable(self.file, format!("a constant output {}", quoted(output)), "a layer's")),
            None => {
                let found = format!("the output {}, which no node gives", quoted(output));
                Err(Error::unusable(self.file, found, "a value").near(output, self.values.keys().copied()))
            }
        }
    }

    /// Names `value`. An alias takes the place of one read of its layer.
    fn bind(&mut self, name: &'m str, value: Value<'m>, alias: bool) {
        if let Value::Layer(id) = value {
            let uses = self.uses.get(name).copied().unwrap_or(0);
            let layer_uses = self.layer_uses.entry(id).or_default();
            *layer_uses = (*layer_uses + uses).saturating_sub(usize::from(alias));
        }
        self.values.insert(name, value);
    }

    /// The value that an input of `node` stands for.
    pub fn value(&self, node: &Node, index: usize) -> Result<&Value<'m>, Error> {
        let Some(name) = node.input(index) else {
            return Err(node.unusable(format!("no input {index}"), "one"));
        };
        self.values.get(name).ok_or_else(|| {
            let found = format!("the input {}, which no earlier node gives", quoted(name));
            node.unusable(found, "a value of an earlier node").near(name, self.values.keys().copied())
        })
    }

    /// The layer that an input of `node` stands for.
    pub fn feature(&self, node: &Node, index: usize) -> Result<LayerId, Error> {
        match self.value(node, index)? {
            Value::Layer(id) => Ok(*id),
            _ => Err(node.unusable(format!("a constant input {index}"), "a feature map")),
        }
    }

    /// The constant that an input of `node` stands for; `None` when the input is left out.
    pub fn constant(&mut self, node: &Node, index: usize) -> Result<Option<Constant>, Error> {
        if node.input(index).is_none() {
            return Ok(None);
        }
        match self.value(node, index)?.clone() {
            Value::Layer(_) => Err(node.unusable(format!("a computed input {index}"), "a constant")),
            Value::Constant(constant) => {
                self.budget.take(&node.place, &constant.dims)?;
                Ok(Some(constant))
            }
            Value::Initializer(message) => {
                tensor::read(message, &self.file, &mut self.budget, self.external.as_ref()).map(Some)
            }
        }
    }

    /// The floats that an input of `node` stands for.
    pub fn floats(&mut self, node: &Node, index: usize) -> Result<Vec<f32>, Error> {
        let Some(constant) = self.constant(node, index)? else {
            return Err(node.unusable(format!("no input {index}"), "a constant"));
        };
        let tensor = constant.into_tensor();
        tensor.map(|t| t.into_vec()).ok_or_else(|| node.unusable(format!("integers as input {index}"), "floats"))
    }

    /// The output dimensions of a layer, without the batch.
    pub fn shape(&self, id: LayerId) -> &[usize] {
        self.layers.shape(id)
    }

    /// Adds a layer that computes `node`.
    pub fn push(
        &mut self,
        node: &Node,
        op: Op,
        inputs: Vec<LayerId>,
        weights: Option<Weights>,
    ) -> Result<Value<'m>, Error> {
        self.layers.push(&node.place, node.name, op, inputs, weights).map(Value::Layer)
    }

    /// Applies scale and shift to a layer's output, within the layer's weights where nothing else reads it.
    pub fn scale(&mut self, node: &Node, input: LayerId, affine: Affine) -> Result<Value<'m>, Error> {
        let folds = self.layer_uses.get(&input) == Some(&1);
        self.layers.scale(&node.place, node.name, input, Some(affine), folds).map(Value::Layer)
    }
}
