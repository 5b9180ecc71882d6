//! Mappings for the machine: loop nests on the chip's architecture, from a file or from the mapper, recognised as the
//! row-stationary mappings that they are.

use crate::map::{Task, tasks};
use crate::shapes::sizes;
use crate::{Error, library};
use eyeriss::recognise::recognise;
use eyeriss::{Chip, Objective, Plan, RsMapping, dataflow, native, nest, search};
use formats::spec::{Layer, read_layer_mappings};
use model::{Arch, Constraints, Mapping, check};
use nn::problem::Dim;
use nn::{ConvShape, LayerId, Network, Operand, Pad, Problem};
use std::path::Path;

/// Reads the mappings in a file for layers of a network over a batch of images.
pub fn read(
    path: &Path,
    network: &Network,
    layers: &[LayerId],
    batch: usize,
    chip: &Chip,
) -> Result<Vec<(LayerId, RsMapping)>, Error> {
    let tasks = tasks(network, layers, batch)?;
    let arch = nest::arch(chip).map_err(|errors| Error::GivenMapping {
        layer: network.name().into(),
        reason: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    })?;
    let named: Vec<Layer> = tasks.iter().map(|task| (task.name.as_str(), &task.problem)).collect();
    let mut given = Vec::new();
    for (index, mapping) in read_layer_mappings(path, &named, &arch)? {
        let Task { name, problem, .. } = &tasks[index];
        let refused = |reason: String| Error::GivenMapping { layer: name.clone(), reason };
        let broken = check(problem, &arch, &mapping);
        if !broken.is_empty() {
            return Err(refused(broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")));
        }
        let shape = |id: &LayerId| network.conv_shape(*id, batch);
        let Some(id) = layers.iter().find(|&&id| network.layer(id).name == *name) else { continue };
        let Some(shape) = shape(id) else { continue };
        let native = native_shape(chip, &shape, problem).map_err(refused)?;
        let plan = recognise(chip, &native, problem, &mapping).map_err(|error| refused(error.to_string()))?;
        given.push((*id, plan.mapping));
    }
    Ok(given)
}

/// The native shape of a layer that is its own: the problem that a mapping is of is the one that the chip runs.
fn native_shape(chip: &Chip, shape: &ConvShape, problem: &Problem) -> Result<ConvShape, String> {
    let native = native::native_shape(chip, shape).map_err(|error| error.to_string())?;
    match Problem::conv(&native) {
        Ok(own) if own == *problem => Ok(native),
        _ => Err(format!(
            "the chip runs it as another layer ({}), so that no mapping of it can be given",
            sizes(&native)
        )),
    }
}

/// The constraints of a dataflow, a name of the library or a file, on the mappings of a problem; on the chip's arch, row
/// stationary is what the chip runs.
pub fn dataflow(name: &str, problem: &Problem, arch: &Arch) -> Result<Constraints, Error> {
    Ok(match library::dataflow(name, problem, arch)?.constraints {
        rs if rs.name == "RS" => chip_dataflow(problem, arch).unwrap_or(rs),
        other => other,
    })
}

/// The constraints under which a problem's mappings on `arch` are such as the chip runs; none where `arch` is not the
/// chip's, or the problem no layer that it runs as it is.
pub fn chip_dataflow(problem: &Problem, arch: &Arch) -> Option<Constraints> {
    let chip = chip(arch)?;
    let shape = conv_shape(problem)?;
    let native = native_shape(&chip, &shape, problem).ok()?;
    Some(dataflow::constraints(&chip, &native, problem))
}

/// The mapping of least energy among those that the chip runs, as its own search over its mapping parameters finds it,
/// with what it is of: the layer without ifmap words that no window reads. None where `arch` is not the chip's, or where
/// the chip would run a layer of more multiply-accumulates.
pub fn best_on_chip(problem: &Problem, arch: &Arch) -> Option<(Problem, Mapping)> {
    let (chip, shape) = (chip(arch)?, conv_shape(problem)?);
    let native = native::native_shape(&chip, &shape).ok().filter(|native| native.macs() == shape.macs())?;
    let best = search::best(&chip, &native, Objective::Energy).ok()?;
    Some((Problem::conv(&native).ok()?, nest::nest(&Plan::new(&chip, &native, best).ok()?)))
}

/// What the chip makes of a legal mapping, or why it does not run it; none where `arch` is not the chip's.
pub fn on_chip(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Option<Result<RsMapping, String>> {
    let chip = chip(arch)?;
    let Some(shape) = conv_shape(problem) else { return Some(Err("it runs convolutions only".into())) };
    let plan = native_shape(&chip, &shape, problem)
        .and_then(|native| recognise(&chip, &native, problem, mapping).map_err(|error| error.to_string()));
    Some(plan.map(|plan| plan.mapping))
}

/// The chip whose architecture this is.
fn chip(arch: &Arch) -> Option<Chip> {
    [Chip::default(), Chip::sparse()].into_iter().find(|chip| {
        nest::arch(chip).is_ok_and(|own| {
            own.stages() == arch.stages() && own.compute() == arch.compute() && own.switches() == arch.switches()
        })
    })
}

/// The convolution that a problem is, if it is one over the dimensions of [`Problem::conv`].
fn conv_shape(problem: &Problem) -> Option<ConvShape> {
    let letters = Dim::CONV.map(|(_, name)| name);
    if !problem.dims().map(|dim| problem.name(dim)).eq(letters) {
        return None;
    }
    let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| problem.size()[dim] as usize);
    let rank = |dim: Dim| problem.ranks(Operand::Input).iter().find(|rank| rank.step(dim) > 0);
    let steps = |out: usize, tap: usize| {
        let rank = rank(Dim::CONV[out].0)?;
        Some([out, tap].map(|axis| rank.step(Dim::CONV[axis].0) as usize))
    };
    let ([u, d], [v, e]) = (steps(4, 6)?, steps(5, 7)?);
    let extent =
        |out: usize, stride: usize, taps: usize, dilation: usize| (out - 1) * stride + (taps - 1) * dilation + 1;
    let (h, w) = (extent(p, u, r, d), extent(q, v, s, e));
    let (stride, dilation, pad) = ([u, v], [d, e], Pad::default());
    let shape = ConvShape { n, groups: g, m: m * g, c: c * g, h, w, r, s, stride, pad, dilation };
    (Problem::conv(&shape).ok()? == *problem).then_some(shape)
}
