//! A value as plain JSON, where that says exactly the same: no tuple, no bytes, no NaN, no key that is not text.
//!
//! Its tokens are made twice: once to find out whether all of it can be said, once to be written. So it takes no memory.

use super::CliError;
use crate::pickle::typed::Token;
use crate::pickle::{Budget, Node, NodeId, Value};
use serde_json::Number;
use std::collections::HashMap;

/// Real values are never nested so deeply.
const MAX_DEPTH: usize = 1000;

/// The tokens of a value, up to the first part that JSON cannot say.
pub(super) fn tokens(value: &Value) -> Tokens<'_> {
    Tokens {
        value,
        budget: Budget::of(value),
        depth: 0,
        todo: vec![Step::Node(value.root())],
    }
}

/// See [`tokens`].
pub(super) struct Tokens<'v> {
    value: &'v Value,
    budget: Budget,
    /// Lists and dicts that are open.
    depth: usize,
    /// What is still to be written, the last one first.
    todo: Vec<Step<'v>>,
}

enum Step<'v> {
    Node(NodeId),
    Items(std::slice::Iter<'v, NodeId>),
    Fields(std::vec::IntoIter<(&'v str, NodeId)>),
    End,
}

impl<'v> Iterator for Tokens<'v> {
    type Item = Result<Token<'v>, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.todo.pop()? {
                Step::Node(id) => return Some(self.node(id)),
                Step::End => {
                    self.depth -= 1;
                    return Some(Ok(Token::End));
                }
                Step::Items(mut items) => {
                    if let Some(&item) = items.next() {
                        self.todo.extend([Step::Items(items), Step::Node(item)]);
                    }
                }
                Step::Fields(mut fields) => {
                    if let Some((name, item)) = fields.next() {
                        self.todo.extend([Step::Fields(fields), Step::Node(item)]);
                        return Some(match self.budget.take(1, name.len() as u64) {
                            true => Ok(Token::Name(name)),
                            false => Err(too_large()),
                        });
                    }
                }
            }
        }
    }
}

/// Shared references unfold: thirty lists can make more JSON than any memory holds.
fn too_large() -> CliError {
    CliError::NotExact("Shared parts make the value too large for JSON".to_owned())
}

impl<'v> Tokens<'v> {
    fn node(&mut self, id: NodeId) -> Result<Token<'v>, CliError> {
        let value = self.value;
        let no_such = || CliError::NotExact(format!("JSON has no {}", value.type_name(id)));
        let bytes = match value.node(id) {
            Node::Str(blob) => blob.len(),
            _ => 16,
        };
        if !self.budget.take(1, bytes) {
            return Err(too_large());
        }
        Ok(match value.node(id) {
            Node::None => Token::Null,
            Node::Bool(flag) => Token::Bool(*flag),
            Node::Int(int) => Token::Int(*int),
            Node::Float(float) => Token::Json(Number::from_f64(*float).ok_or_else(no_such)?.into()),
            Node::Str(_) => Token::Text(value.str(id).ok_or_else(no_such)?),
            Node::List(items) if value.extras(id).is_none() => {
                self.open(Step::Items(items.iter()))?;
                Token::List
            }
            Node::Dict(pairs) if value.extras(id).is_none() => {
                let fields = self.fields(pairs)?;
                self.open(Step::Fields(fields.into_iter()))?;
                Token::Map
            }
            _ => return Err(no_such()),
        })
    }

    fn open(&mut self, inside: Step<'v>) -> Result<(), CliError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(CliError::NotExact("The value contains itself".to_owned()));
        }
        self.todo.extend([Step::End, inside]);
        Ok(())
    }

    /// Of equal keys the last one counts, at the place of the first.
    fn fields(&self, pairs: &[(NodeId, NodeId)]) -> Result<Vec<(&'v str, NodeId)>, CliError> {
        let no_text = || CliError::NotExact("JSON has text keys only".to_owned());
        if !self.budget.take(pairs.len() as u64, 0) {
            return Err(too_large());
        }
        let mut places = HashMap::with_capacity(pairs.len());
        let mut fields: Vec<(&str, NodeId)> = Vec::with_capacity(pairs.len());
        for &(key, item) in pairs {
            let name = self.value.str(key).ok_or_else(no_text)?;
            let place = *places.entry(name).or_insert(fields.len());
            match fields.get_mut(place) {
                Some(field) => field.1 = item,
                None => fields.push((name, item)),
            }
        }
        Ok(fields)
    }
}
