//! One cell of a batch as text or JSON.
