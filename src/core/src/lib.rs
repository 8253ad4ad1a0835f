//! gangway-core
