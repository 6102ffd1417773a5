//! What the payload of every mutation has beside what the mutation did. It knows no mutation.

/// Gives each of these payloads, which derive `SimpleObject` with `#[graphql(complex)]`, the field `query`. A test of the
/// schema asks it of every mutation's payload.
macro_rules! payloads {
    ($($payload:ident),+ $(,)?) => {$(
        #[async_graphql::ComplexObject]
        impl $payload {
            /// Everything that can be read, as the mutation left it, in the same request and with the rights that the caller had
            /// when it began. Null when a part of it that is never null could not be read: that changes nothing of what the
            /// mutation did.
            async fn query(&self) -> Option<$crate::graphql::Query> {
                Some($crate::graphql::Query::default())
            }
        }
    )+};
}

pub(in crate::graphql) use payloads;
