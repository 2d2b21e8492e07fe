//! Numbers of tables, changed many at once.

use super::super::value::{Node, NodeId};
use super::change::{Change, Patch, Route, Slot, SlotOp};
use super::edit::DraftError;
use super::kind::Kind;
use super::table::{Number, Table, TableError, TableShape};

/// More changes of one list than this make a new list of its items.
const MANY: usize = 1000;

/// New items of a list.
#[derive(Default)]
struct Items {
    /// In place of old ones.
    set: Vec<(usize, NodeId)>,
    /// Behind the last one.
    added: Vec<NodeId>,
}

impl Change<'_> {
    pub(super) fn set_cells(
        &mut self,
        route: &Route,
        row: usize,
        column: usize,
        table: &Table,
    ) -> Result<(), DraftError> {
        let list = route.target;
        self.check_editable(route)?;
        let shape = match TableShape::of(self.value, list) {
            Some(shape) => shape,
            None if self.is_empty_list(list) => TableShape {
                rows: 0,
                columns: (table.columns() > 1).then_some(table.columns()),
            },
            None => return Err(DraftError::NoTable),
        };
        if row > shape.rows {
            return Err(DraftError::NoSuchPlace);
        }
        let items = match shape.columns {
            None => self.flat_cells(list, shape, row, column, table)?,
            Some(columns) => self.row_cells(list, [shape.rows, columns], [row, column], table)?,
        };
        self.rewrite(route, items)
    }

    fn is_empty_list(&self, id: NodeId) -> bool {
        let items = self.value.items(id);
        matches!(Kind::of(self.value, id), Kind::List | Kind::Tuple)
            && items.is_some_and(<[NodeId]>::is_empty)
    }

    /// A row of numbers goes down a list of numbers, too.
    fn flat_cells(
        &mut self,
        list: NodeId,
        shape: TableShape,
        row: usize,
        column: usize,
        table: &Table,
    ) -> Result<Items, DraftError> {
        if column > 0 || (table.columns() > 1 && table.rows() > 1) {
            let message = "a list of numbers has one column only";
            return Err(TableError::at(0, column.max(1), message).into());
        }
        let float = |change: &Self, row| {
            let id = shape.cell(change.value, list, row, 0);
            id.is_some_and(|id| matches!(change.value.node(id), Node::Float(_)))
        };
        let is_first_float = float(self, 0);
        let mut items = Items::default();
        for (row, number) in (row..).zip(table.cells()) {
            if row < shape.rows {
                let among_floats = float(self, row);
                items.set.push((row, self.push(number.node(among_floats))?));
            } else {
                items.added.push(self.push(number.node(is_first_float))?);
            }
        }
        Ok(items)
    }

    fn row_cells(
        &mut self,
        list: NodeId,
        [rows, columns]: [usize; 2],
        [first, column]: [usize; 2],
        table: &Table,
    ) -> Result<Items, DraftError> {
        if column.saturating_add(table.columns()) > columns {
            let message = format!("the rows of the list have {columns} numbers");
            return Err(TableError::at(0, columns.saturating_sub(column), message).into());
        }
        let mut items = Items::default();
        for at in 0..table.rows() {
            let row = first + at;
            let numbers = table.row(at);
            if row < rows {
                let list_items = self.value.items(list).unwrap_or_default();
                let id = *list_items.get(row).ok_or(DraftError::NoSuchPlace)?;
                if let Some(new) = self.cells_of_row(id, column, numbers)? {
                    items.set.push((row, new));
                }
            } else if numbers.len() < columns {
                let message = format!("a new row needs {columns} numbers");
                return Err(TableError::at(at, numbers.len(), message).into());
            } else {
                let like = self.value.items(list).and_then(|items| items.last());
                let is_tuple =
                    like.is_some_and(|&id| matches!(self.value.node(id), Node::Tuple(_)));
                let floats = self.float_columns(list, columns);
                items.added.push(self.new_row(numbers, is_tuple, &floats)?);
            }
        }
        Ok(items)
    }

    /// Which columns of the first row have floats.
    fn float_columns(&self, list: NodeId, columns: usize) -> Vec<bool> {
        let first = self.value.items(list).and_then(|items| items.first());
        let first = first
            .and_then(|&row| self.value.items(row))
            .unwrap_or_default();
        let mut floats: Vec<bool> = first
            .iter()
            .map(|&id| matches!(self.value.node(id), Node::Float(_)))
            .collect();
        floats.resize(columns, false);
        floats
    }

    fn new_row(
        &mut self,
        numbers: &[Number],
        is_tuple: bool,
        floats: &[bool],
    ) -> Result<NodeId, DraftError> {
        let mut items = Vec::with_capacity(numbers.len());
        for (at, number) in numbers.iter().enumerate() {
            let is_float = floats.get(at).copied().unwrap_or_default();
            items.push(self.push(number.node(is_float))?);
        }
        self.push(match is_tuple {
            true => Node::Tuple(items),
            false => Node::List(items),
        })
    }

    /// Changes a row in place, or gives the tuple that takes its place.
    fn cells_of_row(
        &mut self,
        row: NodeId,
        column: usize,
        numbers: &[Number],
    ) -> Result<Option<NodeId>, DraftError> {
        let old: Vec<NodeId> = self.value.items(row).unwrap_or_default().to_vec();
        let mut set = Vec::with_capacity(numbers.len());
        for (at, number) in (column..).zip(numbers) {
            let id = *old.get(at).ok_or(DraftError::NoSuchPlace)?;
            let is_float = matches!(self.value.node(id), Node::Float(_));
            set.push((at, self.push(number.node(is_float))?));
        }
        let added = Vec::new();
        self.new_items(row, Items { set, added })
    }

    fn rewrite(&mut self, route: &Route, items: Items) -> Result<(), DraftError> {
        match self.new_items(route.target, items)? {
            Some(new) => self.put(&route.steps, new),
            None => Ok(()),
        }
    }

    /// Changes items of a list in place, or gives the tuple that takes its place.
    fn new_items(&mut self, id: NodeId, items: Items) -> Result<Option<NodeId>, DraftError> {
        let Items { set, added } = items;
        if set.is_empty() && added.is_empty() {
            return Ok(None);
        }
        let container = self.container(id)?;
        let in_place = !container.kind.is_immutable() || self.owned.contains(&id);
        if in_place && set.len() + added.len() <= MANY {
            let end = container.len;
            let set = set
                .into_iter()
                .map(|(at, id)| SlotOp::Set(at, Slot::Item(id)));
            let added = (end..).zip(added);
            let added = added.map(|(at, id)| SlotOp::Insert(at, Slot::Item(id)));
            for op in set.chain(added) {
                self.patch(Patch::Slot(id, container.place, op))?;
            }
            return Ok(None);
        }
        let mut all = self.value.items(id).unwrap_or_default().to_vec();
        for (at, new) in set {
            *all.get_mut(at).ok_or(DraftError::NoSuchPlace)? = new;
        }
        all.extend(added);
        self.replace_items(id, all)
    }

    /// Gives a list other items; a tuple is a new one then.
    fn replace_items(
        &mut self,
        id: NodeId,
        items: Vec<NodeId>,
    ) -> Result<Option<NodeId>, DraftError> {
        match self.value.node(id) {
            Node::List(_) => {
                self.patch(Patch::Node(id, Some(Node::List(items))))?;
                Ok(None)
            }
            _ => {
                let new = self.push(Node::Tuple(items))?;
                self.owned.insert(new);
                Ok(Some(new))
            }
        }
    }

    pub(super) fn set_table(&mut self, route: &Route, table: &Table) -> Result<(), DraftError> {
        let list = route.target;
        self.check_editable(route)?;
        let shape = TableShape::of(self.value, list);
        if shape.is_none() && !self.is_empty_list(list) {
            return Err(DraftError::NoTable);
        }
        let has_rows = shape.is_some_and(|shape| shape.columns.is_some());
        let is_flat = !has_rows && (table.columns() == 1 || table.rows() == 1);
        let mut items = Vec::new();
        if is_flat {
            let first = shape.and_then(|shape| shape.cell(self.value, list, 0, 0));
            let is_float = first.is_some_and(|id| matches!(self.value.node(id), Node::Float(_)));
            for number in table.cells() {
                items.push(self.push(number.node(is_float))?);
            }
        } else {
            let floats = match has_rows {
                true => self.float_columns(list, table.columns()),
                false => Vec::new(),
            };
            let like = self.value.items(list).and_then(|items| items.first());
            let is_tuple = like.is_some_and(|&id| matches!(self.value.node(id), Node::Tuple(_)));
            for row in 0..table.rows() {
                items.push(self.new_row(table.row(row), is_tuple, &floats)?);
            }
        }
        if let Some(new) = self.replace_items(list, items)? {
            self.put(&route.steps, new)?;
        }
        Ok(())
    }
}
