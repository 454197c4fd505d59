//! Values that several flags take, with errors in words: clap would show types and ranges as Rust writes them.

use std::net::SocketAddr;
use std::time::Duration;

/// The code of an AWS Region. Checked early: a controller would otherwise only find out when the API server rejects its
/// source.
pub fn region(text: &str) -> Result<String, String> {
    let (place, number) = text.rsplit_once('-').unwrap_or_default();
    let is_place = place.contains('-') && place.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_place && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("must be the code of an AWS Region, such as eu-central-1".to_owned())
    }
}

pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

pub fn whole_number<const LEAST: u16, const MOST: u16>(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {LEAST} to {MOST}")),
    }
}

/// LookupEvents requests per second. AWS allows 2 to each account and Region.
pub fn lookup_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.01..=2.0).contains(&rate) => Ok(rate),
        _ => Err("must be a number from 0.01 to 2".to_owned()),
    }
}

pub fn positive_duration(text: &str) -> Result<Duration, String> {
    match text.parse::<kube::core::Duration>() {
        Ok(duration) if !duration.is_negative() && Duration::from(duration) > Duration::ZERO => Ok(duration.into()),
        _ => Err("must be a duration such as 15m or 90s".to_owned()),
    }
}
