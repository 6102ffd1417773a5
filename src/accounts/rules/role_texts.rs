//! The texts by which people recognise a role.

use crate::kernel::text::{self, InputError};

const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 500;

/// A role's name: one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName(String);

/// What a role is for: one line, which may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleDescription(String);

impl RoleName {
    /// Reads a name, without the blanks around it.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        text::line(text, MAX_NAME).map(Self)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoleDescription {
    /// Reads a description, without the blanks around it.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        text::optional_line(text, MAX_DESCRIPTION).map(Self)
    }

    /// The description itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
