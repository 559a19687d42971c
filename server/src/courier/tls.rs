//! The encrypted connection to an `https` address, trusting whom this machine trusts.

use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Makes the configuration at the first `https` address: reading the machine's certificates takes a while.
#[derive(Debug, Default)]
pub struct Tls(OnceLock<Option<Arc<ClientConfig>>>);

impl Tls {
    /// Shakes hands with whom the certificate must name; the error is one for people.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let config = self.0.get_or_init(config).clone();
        let config = config.ok_or_else(|| "no certificates to trust".to_owned())?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connecting = TlsConnector::from(config).connect(name, stream);
        connecting.await.map_err(|error| error.to_string())
    }
}

fn config() -> Option<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(Arc::new(config))
}
