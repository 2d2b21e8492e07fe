//! NumPy's basic indexing as text: `[0:3, 2, ::2]`.

use super::ArrayError;

/// A parsed NumPy basic index: integers (negative too), slices with steps (negative too), `...`,
/// `()`; `newaxis` is not supported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    picks: Vec<Pick>,
}

/// One piece between two commas, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    Index(i128),
    Slice {
        start: Option<i128>,
        stop: Option<i128>,
        step: Option<i128>,
    },
    Ellipsis,
}

/// What a piece means for an axis of known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picked {
    Index(usize),
    /// `start` is inside the axis unless `count` is 0.
    Range {
        start: usize,
        count: usize,
        step: isize,
    },
}

impl std::str::FromStr for Selection {
    type Err = ArrayError;

    /// `[0:3, 2, ::2]`, with or without the brackets; `[()]` for everything.
    fn from_str(text: &str) -> Result<Self, ArrayError> {
        let fail = |part: &str, reason| {
            Err(ArrayError::SelectionSyntax {
                part: part.trim().to_owned(),
                reason,
                text: text.to_owned(),
            })
        };
        let mut inner = text.trim();
        if let Some(rest) = inner.strip_prefix('[') {
            match rest.strip_suffix(']') {
                Some(rest) => inner = rest.trim(),
                None => return fail(inner, "a bracket is not closed"),
            }
        }
        if let Some(rest) = inner
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
        {
            inner = rest.trim();
        }
        if inner.is_empty() {
            return Ok(Self::default());
        }
        let mut parts: Vec<&str> = inner.split(',').map(str::trim).collect();
        // A tuple may end in a comma.
        if parts.len() > 1 && parts.last() == Some(&"") {
            parts.pop();
        }
        let mut picks = Vec::with_capacity(parts.len());
        for part in parts {
            match Pick::parse(part) {
                Ok(Pick::Ellipsis) if picks.contains(&Pick::Ellipsis) => {
                    return fail(part, "there can be only one '...'");
                }
                Ok(pick) => picks.push(pick),
                Err(reason) => return fail(part, reason),
            }
        }
        Ok(Self { picks })
    }
}

impl Pick {
    fn parse(part: &str) -> Result<Self, &'static str> {
        if part == "..." || part == "Ellipsis" {
            return Ok(Self::Ellipsis);
        }
        if part == "None" || part.ends_with("newaxis") {
            return Err("new axes are not supported");
        }
        if !part.contains(':') {
            return Ok(Self::Index(integer(part)?));
        }
        let mut bounds = [None; 3];
        let mut pieces = part.split(':');
        for bound in &mut bounds {
            *bound = match pieces.next().map(str::trim) {
                None | Some("" | "None") => None,
                Some(piece) => Some(integer(piece)?),
            };
        }
        if pieces.next().is_some() {
            return Err("a slice has at most two colons");
        }
        let [start, stop, step] = bounds;
        if step == Some(0) {
            return Err("the step of a slice cannot be 0");
        }
        Ok(Self::Slice { start, stop, step })
    }
}

/// Integers of any length; beyond ±2^100 they are all equally out of range.
fn integer(text: &str) -> Result<i128, &'static str> {
    let expected = "expected an integer, a slice such as 0:3 or ::2, or '...'";
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').map_or(text, str::trim_start)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected);
    }
    let limit = 1_i128 << 100;
    let magnitude = digits.parse().unwrap_or(limit).min(limit);
    Ok(if negative { -magnitude } else { magnitude })
}

impl Selection {
    /// What each axis becomes, in order; one item for every axis of `shape`.
    pub(super) fn resolve(&self, shape: &[usize]) -> Result<Vec<Picked>, ArrayError> {
        let whole = Pick::Slice {
            start: None,
            stop: None,
            step: None,
        };
        let given = self
            .picks
            .iter()
            .filter(|&&pick| pick != Pick::Ellipsis)
            .count();
        let Some(missing) = shape.len().checked_sub(given) else {
            return Err(ArrayError::WrongIndexCount {
                given,
                dimensions: shape.len(),
            });
        };
        // Without an ellipsis there is one at the end.
        let mut picks = Vec::with_capacity(shape.len());
        let mut filled = false;
        for &pick in &self.picks {
            if pick == Pick::Ellipsis {
                picks.extend(std::iter::repeat_n(whole, missing));
                filled = true;
            } else {
                picks.push(pick);
            }
        }
        if !filled {
            picks.extend(std::iter::repeat_n(whole, missing));
        }
        picks
            .into_iter()
            .zip(shape)
            .enumerate()
            .map(|(axis, (pick, &length))| match pick {
                Pick::Index(index) => resolve_index(index, axis, length),
                Pick::Slice { start, stop, step } => {
                    Ok(resolve_slice(start, stop, step.unwrap_or(1), length))
                }
                Pick::Ellipsis => Ok(resolve_slice(None, None, 1, length)),
            })
            .collect()
    }
}

fn resolve_index(index: i128, axis: usize, length: usize) -> Result<Picked, ArrayError> {
    let from_start = if index < 0 {
        index + length as i128
    } else {
        index
    };
    usize::try_from(from_start)
        .ok()
        .filter(|&index| index < length)
        .map(Picked::Index)
        .ok_or(ArrayError::IndexOutOfBounds {
            index,
            axis,
            length,
        })
}

/// Python's rule for slices: bounds count from the end when negative and are clamped to the axis.
fn resolve_slice(start: Option<i128>, stop: Option<i128>, step: i128, length: usize) -> Picked {
    let len = length as i128;
    // Going down, the positions are -1..len-1: one may stop before the first.
    let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |bound: i128| (if bound < 0 { bound + len } else { bound }).clamp(lowest, highest);
    let (from, to) = if step > 0 {
        (lowest, highest)
    } else {
        (highest, lowest)
    };
    let start = start.map_or(from, clamp);
    let stop = stop.map_or(to, clamp);
    let distance = if step > 0 { stop - start } else { start - stop };
    let magnitude = step.abs();
    let count = if distance > 0 {
        (distance - 1) / magnitude + 1
    } else {
        0
    };
    // All of these fit: count and start are within the axis, and a step that does not fit is only
    // taken once.
    Picked::Range {
        start: usize::try_from(start).unwrap_or(0),
        count: usize::try_from(count).unwrap_or(0),
        step: isize::try_from(step).unwrap_or(if step > 0 { isize::MAX } else { -isize::MAX }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn indices(text: &str, length: usize) -> Vec<isize> {
        let selection: Selection = text.parse().unwrap();
        match selection.resolve(&[length]).unwrap()[0] {
            Picked::Index(index) => vec![index as isize],
            Picked::Range { start, count, step } => (0..count as isize)
                .map(|i| start as isize + i * step)
                .collect(),
        }
    }

    #[test]
    fn slices_as_in_python() {
        for (text, expected) in [
            ("[:]", vec![0, 1, 2, 3, 4]),
            ("1:3", vec![1, 2]),
            ("[ 1 : 3 ]", vec![1, 2]),
            ("-2:", vec![3, 4]),
            (":-2", vec![0, 1, 2]),
            ("::2", vec![0, 2, 4]),
            ("::-1", vec![4, 3, 2, 1, 0]),
            ("::-2", vec![4, 2, 0]),
            ("3:0:-1", vec![3, 2, 1]),
            ("3:-100:-1", vec![3, 2, 1, 0]),
            ("100::-1", vec![4, 3, 2, 1, 0]),
            ("-100:100", vec![0, 1, 2, 3, 4]),
            ("3:1", vec![]),
            ("5:", vec![]),
            ("1:3:-1", vec![]),
            ("::99999999999999999999999999999999999999999999999", vec![0]),
            (
                "::-99999999999999999999999999999999999999999999999",
                vec![4],
            ),
            ("-1", vec![4]),
            ("2,", vec![2]),
            ("(2)", vec![2]),
            ("None:None:2", vec![0, 2, 4]),
            ("()", vec![0, 1, 2, 3, 4]),
            ("[()]", vec![0, 1, 2, 3, 4]),
            ("[]", vec![0, 1, 2, 3, 4]),
            ("...", vec![0, 1, 2, 3, 4]),
            ("1,...", vec![1]),
        ] {
            assert_eq!(indices(text, 5), expected, "{text}");
        }
        assert_eq!(indices("::-1", 0), Vec::<isize>::new());
    }

    #[test]
    fn what_is_no_selection_says_why() {
        for (text, reason) in [
            ("a", "expected an integer"),
            ("1.5", "expected an integer"),
            ("1,,2", "expected an integer"),
            (",", "expected an integer"),
            ("[1", "bracket"),
            ("1:2:3:4", "two colons"),
            ("::0", "step"),
            ("...,...", "only one"),
            ("None", "new axes"),
            ("np.newaxis", "new axes"),
            ("--1", "expected an integer"),
        ] {
            let error = text.parse::<Selection>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn out_of_range_names_axis_and_length() {
        let resolve =
            |text: &str, shape: &[usize]| text.parse::<Selection>().unwrap().resolve(shape);
        assert_eq!(
            resolve("0, -4", &[2, 3]),
            Err(ArrayError::IndexOutOfBounds {
                index: -4,
                axis: 1,
                length: 3
            })
        );
        assert_eq!(
            resolve("..., 3", &[2, 9, 3]).unwrap_err().to_string(),
            "index 3 is out of bounds for axis 2 with length 3"
        );
        assert_eq!(
            resolve("0", &[]),
            Err(ArrayError::WrongIndexCount {
                given: 1,
                dimensions: 0
            })
        );
        assert_eq!(
            resolve("0,0,...,0", &[1, 1]),
            Err(ArrayError::WrongIndexCount {
                given: 3,
                dimensions: 2
            })
        );
    }

    proptest! {
        #[test]
        fn slices_match_a_walk(
            start in proptest::option::of(-8_i128..8),
            stop in proptest::option::of(-8_i128..8),
            step in (-4_i128..5).prop_filter("not 0", |&step| step != 0),
            length in 0_usize..7,
        ) {
            // Python's definition, step by step, with positions allowed outside the axis.
            let len = length as i128;
            let norm = |bound: i128| if bound < 0 { bound + len } else { bound };
            let (mut at, end) = if step > 0 {
                (start.map_or(0, |s| norm(s).max(0)), stop.map_or(len, |s| norm(s).min(len)))
            } else {
                (start.map_or(len - 1, |s| norm(s).min(len - 1)), stop.map_or(-1, |s| norm(s).max(-1)))
            };
            let mut expected = Vec::new();
            while if step > 0 { at < end } else { at > end } {
                expected.push(at as isize);
                at += step;
            }
            let show = |bound: Option<i128>| bound.map_or(String::new(), |bound| bound.to_string());
            let text = format!("{}:{}:{}", show(start), show(stop), step);
            prop_assert_eq!(indices(&text, length), expected, "{}", text);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "[-0-9:., \\[\\]()a-z]{0,12}") {
            if let Ok(selection) = text.parse::<Selection>() {
                drop(selection.resolve(&[3, 0, 2]));
            }
        }
    }
}
