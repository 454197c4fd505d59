//! The controller's health endpoints, as kubelet and Prometheus read them.

/// The body of a response with status 200; any other response is the error.
pub async fn http_get(url: &str) -> Result<String, String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (address, path) = url.trim_start_matches("http://").split_once('/').expect("a URL with a path");
    let exchange = async {
        let mut connection = tokio::net::TcpStream::connect(address).await?;
        connection.write_all(format!("GET /{path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.contains(" 200 ") { Ok(body.to_owned()) } else { Err(format!("{head}\n{body}")) }
}
