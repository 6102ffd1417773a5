//! Nested lists: the same page of the list below each of many parents, in one statement for each page and order.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::DbErr;

use crate::kernel::page::{ListError, Page, PageError, Slice};

/// A page of the list below one parent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nested<P, O> {
    /// What the list belongs to.
    pub parent: P,
    /// How it is ordered.
    pub order: O,
    /// Which page of it.
    pub page: Page,
}

/// The page, or what is wrong with the request for it. Nothing when the parent has no row there.
pub type NestedPage<M> = Option<Result<Slice<M>, PageError>>;

/// The pages of a batch: `read` gets the parents that want the same page in the same order.
pub(super) async fn pages<P, O, M, F>(
    keys: &[Nested<P, O>],
    read: impl Fn(Vec<P>, O, Page) -> F,
) -> Result<HashMap<Nested<P, O>, NestedPage<M>>, DbErr>
where
    P: Copy + Eq + Hash,
    O: Copy + Eq + Hash,
    F: Future<Output = Result<HashMap<P, Slice<M>>, ListError>>,
{
    let mut lists: HashMap<(O, &Page), Vec<P>> = HashMap::new();
    for key in keys {
        lists.entry((key.order, &key.page)).or_default().push(key.parent);
    }
    let mut pages = HashMap::with_capacity(keys.len());
    for ((order, page), parents) in lists {
        let key = |parent| Nested { parent, order, page: page.clone() };
        match read(parents.clone(), order, page.clone()).await {
            Ok(found) => pages.extend(found.into_iter().map(|(parent, slice)| (key(parent), Some(Ok(slice))))),
            Err(ListError::Page(wrong)) => {
                pages.extend(parents.into_iter().map(|parent| (key(parent), Some(Err(wrong.clone())))));
            }
            Err(ListError::Database(error)) => return Err(error),
        }
    }
    Ok(pages)
}
