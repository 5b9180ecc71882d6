//! The link to DRAM: 64 bits a cycle of its own, slower clock, one way at a time, behind asynchronous FIFOs
//! (JSSC 2017, sections IV and VI; 200 MHz core, 60 MHz link).
//!
//! A burst starts on a core clock edge; its k-th beat crosses at the first core edge not before k link periods.
//! The asynchronous FIFOs never stall the link: their depth is not published. Behind them the buffer takes or gives
//! four words a core cycle, which also bounds how fast a run of zeros expands.

use crate::chip::{Chip, WORDS_PER_ENTRY};
use crate::rlc;
use std::collections::VecDeque;

/// 64-bit beats that `words` take uncompressed.
pub fn beats(words: usize) -> u64 {
    words.div_ceil(WORDS_PER_ENTRY) as u64
}

/// Core cycles until the `beat`-th beat of a burst has crossed.
pub fn crossing(chip: &Chip, beat: u64) -> u64 {
    (u128::from(beat) * u128::from(chip.core_hz)).div_ceil(u128::from(chip.link_hz)) as u64
}

/// The first beat that can carry what is ready at the end of core cycle `ready`.
fn beat_after(chip: &Chip, ready: u64) -> u64 {
    (u128::from(ready) * u128::from(chip.link_hz) / u128::from(chip.core_hz)) as u64 + 1
}

/// How words cross the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// As they are, four a beat.
    Raw,
    /// Run-length compressed.
    Rlc,
}

/// A burst: its beats on the link and the core cycles it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    /// 64-bit beats.
    pub beats: u64,
    /// Core cycles.
    pub cycles: u64,
}

/// A burst of words from DRAM into the buffer.
pub fn load(chip: &Chip, words: &[i16], coding: Coding) -> Burst {
    let mut burst = Burst::default();
    let mut arrive = |expanded: usize| {
        burst.beats += 1;
        burst.cycles = burst.cycles.max(crossing(chip, burst.beats)) + beats(expanded);
    };
    match coding {
        Coding::Raw => words.chunks(WORDS_PER_ENTRY).for_each(|chunk| arrive(chunk.len())),
        Coding::Rlc => each_code(words, |from, to| arrive(to - from)),
    }
    burst
}

/// A burst of filter words into the banks that hold the next pass's: raw words are there as they cross; coded ones pass
/// the decoder, as ifmaps do.
pub fn fetch(chip: &Chip, words: &[i16], coding: Coding) -> Burst {
    match coding {
        Coding::Raw => fetch_raw(chip, words.len()),
        Coding::Rlc => load(chip, words, coding),
    }
}

/// [`fetch`] of so many raw words.
pub fn fetch_raw(chip: &Chip, words: usize) -> Burst {
    let beats = beats(words);
    Burst { beats, cycles: crossing(chip, beats) }
}

/// A burst of ofmap words from the buffer to DRAM.
pub fn dump(chip: &Chip, words: &[i16], coding: Coding) -> Burst {
    let mut burst = Burst::default();
    let mut beat = 0;
    let mut leave = |end: usize| {
        burst.beats += 1;
        beat = beat_after(chip, beats(end)).max(beat + 1);
    };
    match coding {
        Coding::Raw => {
            (0..words.len()).step_by(WORDS_PER_ENTRY).for_each(|i| leave((i + WORDS_PER_ENTRY).min(words.len())))
        }
        Coding::Rlc => each_code(words, |_, to| leave(to)),
    }
    burst.cycles = crossing(chip, beat);
    burst
}

/// Calls `f` with the range of words that each 64 bits of their code stand for.
fn each_code(words: &[i16], mut f: impl FnMut(usize, usize)) {
    let mut encoder = rlc::Encoder::default();
    let mut from = 0;
    for (i, &word) in words.iter().enumerate() {
        if encoder.push(word).is_some() {
            f(from, i + 1);
            from = i + 1;
        }
    }
    if encoder.finish().is_some() {
        f(from, words.len());
    }
}

/// The clock of a burst, stepped by core cycles: tells in which of them a beat crosses.
struct LinkClock {
    phase: u64,
}

impl LinkClock {
    fn tick(&mut self, chip: &Chip) -> bool {
        self.phase += chip.link_hz;
        let crosses = self.phase >= chip.core_hz;
        if crosses {
            self.phase -= chip.core_hz;
        }
        crosses
    }
}

/// Steps a burst from DRAM: returns the words that the buffer gets, from the code itself when there is one.
pub fn step_load(chip: &Chip, words: &[i16], coding: Coding) -> (Vec<i16>, Burst) {
    let entries: Vec<Vec<i16>> = match coding {
        Coding::Raw => words.chunks(WORDS_PER_ENTRY).map(<[i16]>::to_vec).collect(),
        Coding::Rlc => {
            let mut decoded = Vec::new();
            let expand = |bits| {
                let from = decoded.len();
                rlc::expand(bits, words.len(), &mut decoded).expect("the encoder's own code decodes");
                decoded[from..].to_vec()
            };
            rlc::encode(words).into_iter().map(expand).collect()
        }
    };
    let (mut clock, mut cycles, mut crossed) = (LinkClock { phase: 0 }, 0, 0);
    let mut fifo: VecDeque<&[i16]> = VecDeque::new();
    let mut buffer = Vec::with_capacity(words.len());
    let mut expanding: &[i16] = &[];
    while buffer.len() < words.len() {
        cycles += 1;
        if expanding.is_empty() {
            expanding = fifo.pop_front().unwrap_or(&[]);
        }
        let (now, later) = expanding.split_at(expanding.len().min(WORDS_PER_ENTRY));
        buffer.extend_from_slice(now);
        expanding = later;
        if clock.tick(chip) && crossed < entries.len() {
            fifo.push_back(&entries[crossed]);
            crossed += 1;
        }
    }
    (buffer, Burst { beats: entries.len() as u64, cycles })
}

/// Steps a burst of filter words: returns those that the banks get, from the code itself when there is one.
pub fn step_fetch(chip: &Chip, words: &[i16], coding: Coding) -> (Vec<i16>, Burst) {
    match coding {
        Coding::Rlc => step_load(chip, words, coding),
        Coding::Raw => {
            let (mut clock, mut burst) = (LinkClock { phase: 0 }, Burst::default());
            while burst.beats < beats(words.len()) {
                burst.cycles += 1;
                burst.beats += u64::from(clock.tick(chip));
            }
            (words.to_vec(), burst)
        }
    }
}

/// Steps a burst of ofmap words to DRAM.
pub fn step_dump(chip: &Chip, words: &[i16], coding: Coding) -> Burst {
    let (mut clock, mut burst, mut waiting) = (LinkClock { phase: 0 }, Burst::default(), 0u64);
    let mut encoder = rlc::Encoder::default();
    let mut rest = words;
    while !rest.is_empty() || waiting > 0 {
        burst.cycles += 1;
        if clock.tick(chip) && waiting > 0 {
            waiting -= 1;
            burst.beats += 1;
        }
        if rest.is_empty() {
            continue;
        }
        let (now, later) = rest.split_at(rest.len().min(WORDS_PER_ENTRY));
        rest = later;
        waiting += match coding {
            Coding::Raw => 1,
            Coding::Rlc => {
                let full = now.iter().filter(|&&word| encoder.push(word).is_some()).count() as u64;
                full + u64::from(rest.is_empty() && encoder.finish().is_some())
            }
        };
    }
    burst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_and_arithmetic_agree() {
        let mut state = 1u64;
        for core_hz in [200_000_000, 250_000_000, 100_000_000] {
            for link_hz in [60_000_000, 90_000_000, 100_000_000, 33_333_333] {
                let chip = Chip { core_hz, link_hz, ..Chip::default() };
                for len in [1usize, 3, 4, 5, 63, 400, 1001] {
                    for density in [0, 1, 3, 8, 16] {
                        let words: Vec<i16> = (0..len)
                            .map(|_| {
                                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                                if state >> 60 < density { (state >> 33) as i16 | 1 } else { 0 }
                            })
                            .collect();
                        for coding in [Coding::Raw, Coding::Rlc] {
                            let (buffer, stepped) = step_load(&chip, &words, coding);
                            assert_eq!(buffer, words);
                            assert_eq!(stepped, load(&chip, &words, coding), "load {len} {density} {coding:?}");
                            let (banks, stepped) = step_fetch(&chip, &words, coding);
                            assert_eq!(banks, words);
                            assert_eq!(stepped, fetch(&chip, &words, coding), "fetch {len} {density} {coding:?}");
                            assert_eq!(step_dump(&chip, &words, coding), dump(&chip, &words, coding));
                        }
                    }
                }
            }
        }
    }
}
