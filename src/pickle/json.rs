//! Plain JSON → [`Value`]: objects become dicts, arrays lists, as Python's `json` module reads them.

use super::builder::{BuildError, ValueBuilder};
use super::limits::Limits;
use super::number::int_digits;
use super::value::{NodeId, Value};
use serde_json::{Number, Value as Json};
use std::collections::HashMap;

impl Value {
    /// The value that a JSON document says. Numbers with a point or an exponent are floats, others are ints.
    ///
    /// # Errors
    /// It is nested too deeply or too large.
    pub fn from_json(json: &Json) -> Result<Self, BuildError> {
        let mut reader = Reader::default();
        let root = reader.node(json, 0)?;
        reader.builder.finish(root)
    }
}

#[derive(Debug, Default)]
struct Reader<'j> {
    builder: ValueBuilder,
    /// Python's `json` makes one object of equal keys, too; so a list of records stays small.
    keys: HashMap<&'j str, NodeId>,
}

impl<'j> Reader<'j> {
    fn node(&mut self, json: &'j Json, depth: usize) -> Result<NodeId, BuildError> {
        let limit = Limits::FULL.depth;
        if depth > limit {
            return Err(BuildError::TooDeep(limit));
        }
        Ok(match json {
            Json::Null => self.builder.none(),
            Json::Bool(flag) => self.builder.bool(*flag),
            Json::Number(number) => self.number(number)?,
            Json::String(text) => self.builder.str(text),
            Json::Array(items) => {
                let items = items.iter().map(|item| self.node(item, depth + 1));
                let items = items.collect::<Result<_, _>>()?;
                self.builder.list(items)
            }
            Json::Object(fields) => {
                let mut pairs = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    let builder = &mut self.builder;
                    let key = *self.keys.entry(key).or_insert_with(|| builder.str(key));
                    pairs.push((key, self.node(value, depth + 1)?));
                }
                self.builder.dict(pairs)
            }
        })
    }

    fn number(&mut self, number: &Number) -> Result<NodeId, BuildError> {
        if let Some(int) = number.as_i64() {
            return Ok(self.builder.int(int));
        }
        let text = number.as_str();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Ok(self.builder.float(float)),
                _ => {
                    let text = text.chars().take(60).collect();
                    Err(BuildError::TooLargeNumber(text))
                }
            };
        }
        // `-0` is an int to Python, and not to serde_json.
        match int_digits(digits, 10) {
            Ok(int) => Ok(self.builder.big_int(int * sign)),
            Err(_) => Err(BuildError::LongInt(digits.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ints_of_any_size_stay_ints() {
        let json = serde_json::from_str("[1180591620717411303424, -18446744073709551616, -0]");
        let value = Value::from_json(&json.unwrap()).unwrap();
        let expected = "[1180591620717411303424, -18446744073709551616, 0]";
        assert_eq!(value.literal(), expected);
    }

    #[test]
    fn a_number_does_not_become_infinity() {
        let json = serde_json::from_str("[1, -1e400]").unwrap();
        assert_eq!(
            Value::from_json(&json).unwrap_err(),
            BuildError::TooLargeNumber("-1e+400".to_owned())
        );
    }

    #[test]
    fn json_reads_as_python_reads_it() {
        let json = json!({"a": [1, -2, 1.0, 1e300, u64::MAX, true, null], "b": {"a": "é"}, "": []});
        assert_eq!(
            Value::from_json(&json).unwrap().literal(),
            "{'a': [1, -2, 1.0, 1e+300, 18446744073709551615, True, None], 'b': {'a': 'é'}, '': []}"
        );
    }

    #[test]
    fn equal_keys_are_one_object() {
        let json = json!([{"k": 1}, {"k": 2}]);
        let value = Value::from_json(&json).unwrap();
        let encoded = super::super::encode(&value, 5).unwrap();
        assert_eq!(
            encoded.in_memory().unwrap(),
            b"](}\x8c\x01kq\x05K\x01s}h\x05K\x02se"
        );
        assert_eq!(encoded.next_memo, 6);
    }

    #[test]
    fn ints_without_end_are_refused() {
        let digits = "7".repeat(2_000_000);
        for text in [digits.clone(), format!("[1, -{digits}]")] {
            let json = serde_json::from_str(&text).unwrap();
            let refused = Value::from_json(&json).unwrap_err();
            assert_eq!(refused, BuildError::LongInt(digits.len()));
        }
    }

    #[test]
    fn too_deep_is_refused() {
        let mut json = json!(1);
        for _ in 0..1001 {
            json = Json::Array(vec![json]);
        }
        assert_eq!(
            Value::from_json(&json).unwrap_err(),
            BuildError::TooDeep(1000)
        );
    }
}
