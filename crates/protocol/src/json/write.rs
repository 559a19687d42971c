//! From types of ours to [`Json`], through serde: what records need, no more.

use super::Json;
use super::read::Misfit;
use serde::ser::{Impossible, Serialize, SerializeStruct, Serializer};

/// A record as JSON. An error means a kind of value that no record of ours has: a float, bytes, a map, a tuple.
pub fn to_json<T: Serialize + ?Sized>(record: &T) -> Result<Json, Misfit> {
    record.serialize(Writer)
}

struct Writer;

/// A method for each kind of value that becomes JSON in one step.
macro_rules! values {
    ($($method:ident($value:ident: $type:ty) -> $json:expr;)*) => {$(
        fn $method(self, $value: $type) -> Result<Json, Misfit> {
            Ok($json)
        }
    )*};
}

/// A method for each kind of value that no record of ours has.
macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Misfit> {
            Err(Misfit)
        }
    )*};
}

impl Serializer for Writer {
    type Ok = Json;
    type Error = Misfit;
    type SerializeSeq = Impossible<Json, Misfit>;
    type SerializeTuple = Impossible<Json, Misfit>;
    type SerializeTupleStruct = Impossible<Json, Misfit>;
    type SerializeTupleVariant = Impossible<Json, Misfit>;
    type SerializeMap = Impossible<Json, Misfit>;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Json, Misfit>;

    values! {
        serialize_bool(value: bool) -> Json::Bool(value);
        serialize_i8(value: i8) -> Json::from(i64::from(value));
        serialize_i16(value: i16) -> Json::from(i64::from(value));
        serialize_i32(value: i32) -> Json::from(i64::from(value));
        serialize_i64(value: i64) -> Json::from(value);
        serialize_u8(value: u8) -> Json::from(i64::from(value));
        serialize_u16(value: u16) -> Json::from(i64::from(value));
        serialize_u32(value: u32) -> Json::from(i64::from(value));
        serialize_u64(value: u64) -> Json::Number(value.to_string());
        serialize_str(value: &str) -> Json::from(value);
        serialize_char(value: char) -> Json::String(value.to_string());
        serialize_unit_struct(_name: &'static str) -> Json::Null;
    }

    refused! {
        serialize_f32(f32) -> Json;
        serialize_f64(f64) -> Json;
        serialize_bytes(&[u8]) -> Json;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_none(self) -> Result<Json, Misfit> {
        Ok(Json::Null)
    }

    fn serialize_unit(self) -> Result<Json, Misfit> {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Misfit> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Json, Misfit> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Json, Misfit> {
        Ok(Json::from(variant))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Json, Misfit> {
        Ok(Json::Object(vec![(variant.to_owned(), value.serialize(self)?)]))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Fields, Misfit> {
        Ok(Fields(Vec::new()))
    }
}

/// The fields of a record while they are written.
struct Fields(Vec<(String, Json)>);

impl SerializeStruct for Fields {
    type Ok = Json;
    type Error = Misfit;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Misfit> {
        self.0.push((key.to_owned(), to_json(value)?));
        Ok(())
    }

    fn end(self) -> Result<Json, Misfit> {
        Ok(Json::Object(self.0))
    }
}
