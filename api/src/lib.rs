//! Shows what is published: pages, RDF, rows and files over HTTP.
