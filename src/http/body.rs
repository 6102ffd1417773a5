//! Reads the body of a request: bounded, in time, and taken out of its encoding within the same bound. It knows nothing
//! of what the bytes say.

use std::time::Duration;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::rejection::Rejection;

/// The largest window that zstd in HTTP may ask for, as a power of two (RFC 9659): 8 MiB. Decoding never waits, so that no
/// more windows are in memory at once than there are threads.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How much and how long a body may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
}

/// The whole body, decoded.
pub(super) async fn read(headers: &HeaderMap, body: Body, limits: BodyLimits) -> Result<Bytes, Rejection> {
    let encoding = Encoding::of(headers)?;
    let too_large = || Rejection::TooLarge { allowed_bytes: limits.bytes };
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > limits.bytes) {
        return Err(too_large());
    }
    let reading = Limited::new(body, limits.bytes).collect();
    let read = tokio::time::timeout(limits.time, reading).await.map_err(|_elapsed| Rejection::TooSlow)?;
    let read = read.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => too_large(),
        None => Rejection::Malformed("The body broke off.".to_owned()),
    })?;
    encoding.decode(read.to_bytes(), limits.bytes).await
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Encoding {
    /// The one encoding that the headers name. Encodings upon one another are of use to nobody but attackers.
    fn of(headers: &HeaderMap) -> Result<Self, Rejection> {
        let mut named = headers.get_all(CONTENT_ENCODING).iter();
        match (named.next(), named.next()) {
            (None, _) => Ok(Self::Identity),
            (Some(name), None) => match name.as_bytes().to_ascii_lowercase().as_slice() {
                b"identity" => Ok(Self::Identity),
                b"gzip" | b"x-gzip" => Ok(Self::Gzip),
                b"br" => Ok(Self::Brotli),
                b"zstd" => Ok(Self::Zstd),
                _ => Err(Rejection::UnsupportedEncoding),
            },
            (Some(_), Some(_)) => Err(Rejection::UnsupportedEncoding),
        }
    }

    async fn decode(self, bytes: Bytes, limit: usize) -> Result<Bytes, Rejection> {
        let encoded: &[u8] = &bytes;
        let (decoded, rest) = match self {
            Self::Identity => return Ok(bytes),
            Self::Gzip => {
                let mut decoder = GzipDecoder::new(encoded);
                (up_to(limit, &mut decoder).await?, decoder.into_inner())
            }
            Self::Brotli => {
                let mut decoder = BrotliDecoder::new(encoded);
                (up_to(limit, &mut decoder).await?, decoder.into_inner())
            }
            Self::Zstd => {
                let mut decoder = ZstdDecoder::with_params(encoded, &[DParameter::window_log_max(ZSTD_WINDOW_LOG)]);
                (up_to(limit, &mut decoder).await?, decoder.into_inner())
            }
        };
        if rest.is_empty() { Ok(decoded.into()) } else { Err(misencoded()) }
    }
}

/// All that `decoder` yields, if it is at most `limit` bytes.
async fn up_to(limit: usize, decoder: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, Rejection> {
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoded = Vec::new();
    decoder.take(beyond).read_to_end(&mut decoded).await.map_err(|_| misencoded())?;
    if decoded.len() > limit { Err(Rejection::TooLarge { allowed_bytes: limit }) } else { Ok(decoded) }
}

fn misencoded() -> Rejection {
    Rejection::Malformed("The body is not what its Content-Encoding says.".to_owned())
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
    use proptest::prelude::*;

    use super::*;

    const LIMITS: BodyLimits = BodyLimits { bytes: 2_000, time: Duration::from_millis(50) };

    async fn encoded(encoding: &str, text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        match encoding {
            "gzip" => GzipEncoder::new(text).read_to_end(&mut bytes).await,
            "br" => BrotliEncoder::new(text).read_to_end(&mut bytes).await,
            "zstd" => ZstdEncoder::new(text).read_to_end(&mut bytes).await,
            other => panic!("{other}"),
        }
        .unwrap();
        bytes
    }

    async fn decoded(encoding: &'static str, bytes: Vec<u8>) -> Result<Bytes, Rejection> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())]);
        read(&headers, bytes.into(), LIMITS).await
    }

    #[tokio::test]
    async fn what_was_encoded_comes_out() {
        for encoding in ["gzip", "br", "zstd"] {
            let bytes = encoded(encoding, b"{\"query\":\"{f}\"}").await;
            assert_eq!(decoded(encoding, bytes).await.unwrap(), "{\"query\":\"{f}\"}", "{encoding}");
        }
        assert_eq!(decoded("identity", b"text".to_vec()).await.unwrap(), "text");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_decoded_within_the_bound_or_refused(
            text in proptest::collection::vec(any::<u8>(), 0..3_000), broken in any::<(bool, u16, u8)>(),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            for encoding in ["gzip", "br", "zstd"] {
                let mut bytes = runtime.block_on(encoded(encoding, &text));
                let at = usize::from(broken.1) % bytes.len();
                if broken.0 {
                    bytes[at] = broken.2;
                }
                match runtime.block_on(decoded(encoding, bytes)) {
                    Ok(body) if broken.0 => prop_assert!(body.len() <= LIMITS.bytes),
                    Ok(body) => prop_assert_eq!(&body[..], &text[..]),
                    Err(refused) => prop_assert!(broken.0 || text.len() > LIMITS.bytes - 100, "{:?}", refused),
                }
            }
        }
    }

    #[tokio::test]
    async fn a_small_body_that_becomes_a_large_one_is_refused() {
        for encoding in ["gzip", "br", "zstd"] {
            let bomb = encoded(encoding, &vec![b'x'; 200_000]).await;
            assert!(bomb.len() < LIMITS.bytes, "{encoding}: {} bytes", bomb.len());
            let refused = decoded(encoding, bomb).await.unwrap_err();
            assert_eq!(refused, Rejection::TooLarge { allowed_bytes: LIMITS.bytes }, "{encoding}");
        }
    }

    #[tokio::test]
    async fn what_is_encoded_otherwise_broken_or_followed_by_more_is_refused() {
        for encoding in ["gzip", "br", "zstd"] {
            assert_eq!(
                decoded(encoding, b"{\"query\":\"{f}\"}".to_vec()).await.unwrap_err(),
                misencoded(),
                "{encoding}"
            );
            let whole = encoded(encoding, b"{\"query\":\"{f}\"}").await;
            assert_eq!(decoded(encoding, whole[..whole.len() - 3].to_vec()).await.unwrap_err(), misencoded());
            assert_eq!(decoded(encoding, [whole, b"more".to_vec()].concat()).await.unwrap_err(), misencoded());
        }
    }

    #[tokio::test]
    async fn a_zstd_window_of_more_than_8_mib_is_refused() {
        // A frame that announces a window of 128 MiB, then a last block of one raw byte.
        let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3][..], &[0x09, 0x00, 0x00, b'x']].concat();
        assert_eq!(decoded("zstd", frame.clone()).await.unwrap_err(), misencoded());
        let mut small = frame;
        small[5] = 13 << 3;
        assert_eq!(decoded("zstd", small).await.unwrap(), "x");
    }

    #[tokio::test]
    async fn other_encodings_are_not_taken() {
        for encoding in ["deflate", "compress", "gzip, gzip", "aes128gcm", ""] {
            assert_eq!(decoded(encoding, Vec::new()).await.unwrap_err(), Rejection::UnsupportedEncoding, "{encoding}");
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let refused = read(&HeaderMap::new(), vec![b'q'; 2_001].into(), LIMITS).await.unwrap_err();
        assert_eq!(refused, Rejection::TooLarge { allowed_bytes: LIMITS.bytes });
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        assert_eq!(read(&HeaderMap::new(), never, LIMITS).await.unwrap_err(), Rejection::TooSlow);
    }
}
