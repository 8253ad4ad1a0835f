//! gangway-domain
