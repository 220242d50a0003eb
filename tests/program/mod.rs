//! The program as such: its input, its streams, its connection, its paper, and how much it asks.

mod chains;
mod connection;
mod creating_calls;
mod documents;
mod environment;
mod input;
mod manual;
mod printed;
mod profiles;
mod readme;
mod scale;
mod schemas;
mod sign_in;
mod streams;
