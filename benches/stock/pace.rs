//! How fast clients get done what each of them does again and again.

use std::time::Instant;

use super::Size;

/// Writes a second, when each client begins the next one as soon as the one before is answered. `write` takes the number of the client.
pub(crate) async fn rate<W, F>(size: Size, write: W) -> f64
where
    W: Fn(i64) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let clients: Vec<_> = (0..size.clients)
        .map(|client| {
            let write = write.clone();
            tokio::spawn(async move {
                let mut made = 0_u32;
                while start.elapsed() < size.turn {
                    write(client).await;
                    made += 1;
                }
                made
            })
        })
        .collect();
    let mut made = 0;
    for client in clients {
        made += client.await.unwrap();
    }
    f64::from(made) / start.elapsed().as_secs_f64()
}
