//! The program as such: its input, its streams, its connection, its paper, and how much it asks.

mod chains;
mod connection;
mod creating_calls;
mod docs;
mod documents;
mod environment;
mod input;
mod manual;
mod pictures;
mod printed;
mod profiles;
mod readme;
mod scale;
mod schemas;
#[cfg(unix)]
mod screens;
mod sign_in;
mod streams;
mod words;
