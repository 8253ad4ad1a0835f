//! gangway-client
