//! Customers by name, and their numbers.

use crate::month::NONE;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, StringArray};
use arrow::datatypes::*;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Every customer seen so far, shared between threads; a customer's number is the order in which it was first asked for.
#[derive(Default)]
pub(crate) struct Customers {
    numbers: Mutex<HashMap<Box<str>, u32>>,
}

impl Customers {
    fn number_of(&self, name: &str) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&number) = numbers.get(name) {
            return number;
        }
        let number = numbers.len() as u32;
        numbers.insert(name.into(), number);
        number
    }

    /// Names with their numbers, sorted by the names' bytes.
    pub fn sorted(self) -> Vec<(Box<str>, u32)> {
        let numbers = self.numbers.into_inner();
        let mut all: Vec<_> = numbers
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .collect();
        all.sort_unstable();
        all
    }
}

/// Turns a column of customers into their numbers. A name is looked up once per stored dictionary; elsewhere not again for the row after.
pub(crate) struct CustomerReader<'a> {
    customers: &'a Customers,
    dictionary: Option<ArrayRef>,
    /// Number by place in the dictionary; [`UNASKED`] until it is needed.
    translation: Vec<u32>,
}

const UNASKED: u32 = NONE - 1;

impl<'a> CustomerReader<'a> {
    pub fn new(customers: &'a Customers) -> CustomerReader<'a> {
        CustomerReader {
            customers,
            dictionary: None,
            translation: Vec::new(),
        }
    }

    /// Numbers of the array's rows, [`NONE`] for null, in place of what `out` has. Integers are named by their decimal digits.
    pub fn read(&mut self, array: &ArrayRef, out: &mut Vec<u32>) {
        out.clear();
        match array.data_type() {
            DataType::Dictionary(_, _) => self.dictionary(array, out),
            DataType::Utf8 => self.texts(array.as_string(), out),
            DataType::Int8 => self.integers::<Int8Type>(array, out),
            DataType::Int16 => self.integers::<Int16Type>(array, out),
            DataType::Int32 => self.integers::<Int32Type>(array, out),
            DataType::Int64 => self.integers::<Int64Type>(array, out),
            DataType::UInt8 => self.integers::<UInt8Type>(array, out),
            DataType::UInt16 => self.integers::<UInt16Type>(array, out),
            DataType::UInt32 => self.integers::<UInt32Type>(array, out),
            DataType::UInt64 => self.integers::<UInt64Type>(array, out),
            _ => out.resize(array.len(), NONE),
        }
    }

    /// Batches of one row group mostly share their dictionary; its translation is kept until another comes.
    fn dictionary(&mut self, array: &ArrayRef, out: &mut Vec<u32>) {
        let keys = array.as_dictionary::<Int32Type>();
        let values = keys.values();
        let is_same = |known: &ArrayRef| known.to_data().ptr_eq(&values.to_data());
        if !self.dictionary.as_ref().is_some_and(is_same) {
            self.translation.clear();
            self.translation.resize(values.len(), UNASKED);
            self.dictionary = Some(values.clone());
        }
        let names = values.as_string::<i32>();
        let mut translated = |key: i32| {
            let number = &mut self.translation[key as usize];
            if *number == UNASKED {
                let name = names.is_valid(key as usize);
                *number = if name {
                    self.customers.number_of(names.value(key as usize))
                } else {
                    NONE
                };
            }
            *number
        };
        let keys = keys.keys();
        if keys.null_count() == 0 {
            out.extend(keys.values().iter().map(|&key| translated(key)));
        } else {
            out.extend(keys.iter().map(|key| key.map_or(NONE, &mut translated)));
        }
    }

    fn texts(&self, texts: &StringArray, out: &mut Vec<u32>) {
        let mut before = (None, NONE);
        out.extend(texts.iter().map(|text| {
            if text != before.0 {
                before = (
                    text,
                    text.map_or(NONE, |text| self.customers.number_of(text)),
                );
            }
            before.1
        }));
    }

    fn integers<T: ArrowPrimitiveType>(&self, array: &ArrayRef, out: &mut Vec<u32>)
    where
        T::Native: PartialEq + ToString,
    {
        let mut before = (None, NONE);
        out.extend(array.as_primitive::<T>().iter().map(|value| {
            if value != before.0 {
                let number = value.map(|value| self.customers.number_of(&value.to_string()));
                before = (value, number.unwrap_or(NONE));
            }
            before.1
        }));
    }
}
