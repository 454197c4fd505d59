//! Errors as AWS words them.

use std::time::Duration;

use serde_json::json;

use super::Reply;

pub const JSON: &str = "application/x-amz-json-1.1";
pub const XML: &str = "text/xml";

/// An error answer of an AWS service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl AwsError {
    /// CloudTrail answers 400 to nearly everything, throttling included.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    pub fn with_status(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, ..Self::new(code, message) }
    }

    pub fn unknown_operation(operation: &str) -> Self {
        Self::new("UnknownOperationException", format!("the fake does not know {operation}"))
    }

    pub fn as_json(&self) -> Reply {
        let body = json!({"__type": self.code, "message": self.message}).to_string();
        Reply { status: self.status, content_type: JSON, body, delay: Duration::ZERO }
    }

    pub fn as_xml(&self) -> Reply {
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{message}</Message></Error>\
             <RequestId>fake</RequestId></ErrorResponse>",
            self.code
        );
        Reply { status: self.status, content_type: XML, body, delay: Duration::ZERO }
    }
}
