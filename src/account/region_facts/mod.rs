//! What a region offers to a restore, read side by side: one file a service. No other region is asked, and not IAM.

mod dynamodb;
mod ec2;
mod kms;
mod network;
mod quotas;
mod rds;
mod s3;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures_util::future::{BoxFuture, try_join_all};

use crate::account::raw_reads::RawReads;
use crate::aws::{Caller, Clients};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::region_facts::{Fact, RegionFacts, Wanted, Whole};

/// Reads what is wanted of a region, each once.
///
/// A read that AWS refuses, or that nobody answers, is [`Fact::Unread`] for what rests on it alone.
///
/// # Errors
/// Ctrl-C, and a list that does not end.
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    wanted: &Wanted,
) -> Result<RegionFacts, Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let ec2 = async {
        tokio::try_join!(
            asked(wanted.wants(Whole::Network), network::read(reads)),
            asked(!wanted.instance_types.is_empty(), ec2::offers(reads, &wanted.instance_types)),
            asked(!wanted.key_pairs.is_empty(), ec2::key_pairs(reads, &wanted.key_pairs)),
            asked(!wanted.images.is_empty(), ec2::images(reads, &wanted.images)),
            asked(
                !wanted.volume_snapshots.is_empty(),
                ec2::snapshots(reads, &wanted.volume_snapshots)
            ),
        )
    };
    let databases = async {
        tokio::try_join!(
            asked(wanted.wants(Whole::Databases) || wanted.wants(Whole::Quotas), rds::taken(reads)),
            asked(wanted.wants(Whole::Databases), rds::groups(reads)),
            asked(wanted.wants(Whole::DatabaseSnapshots), rds::snapshots(reads)),
            asked(wanted.wants(Whole::Quotas), quotas::limits(reads)),
            asked(wanted.wants(Whole::Quotas), quotas::in_use(reads)),
        )
    };
    let others = async {
        tokio::try_join!(
            asked(wanted.wants(Whole::Tables), dynamodb::tables(reads)),
            each(&wanted.engines, |engine| rds::classes(reads, engine)),
            each(&wanted.buckets, |bucket| s3::bucket(reads, bucket)),
            each(&wanted.keys, |key| kms::key(reads, clients, key)),
        )
    };
    let (ec2, databases, others) = tokio::try_join!(ec2, databases, others)?;
    let (network, instance_types, key_pairs, images, snapshots) = ec2;
    let (taken, groups, of_databases, limits, in_use) = databases;
    let (tables, database_classes, buckets, keys) = others;
    let quotas = quotas::together(limits, in_use, &taken);
    let databases = rds::together(taken, groups, of_databases);
    Ok(RegionFacts {
        network,
        instance_types,
        key_pairs,
        images,
        snapshots,
        databases,
        database_classes,
        tables,
        buckets,
        keys,
        quotas,
    })
}

/// What a read told; nothing is asked where it is not wanted. Boxed: side by side, they would be one deep future.
fn asked<'f, T>(
    wanted: bool,
    read: impl Future<Output = Result<T, Failure>> + Send + 'f,
) -> BoxFuture<'f, Result<Fact<T>, Failure>> {
    Box::pin(async move {
        if !wanted {
            return Ok(Fact::NotAsked);
        }
        match read.await {
            Ok(known) => Ok(Fact::Known(known)),
            Err(Failure::Aws(error)) => Ok(Fact::Unread(error)),
            Err(failure) => Err(failure),
        }
    })
}

/// A read for each thing, of which one may fail without the others.
async fn each<'w, K, T, F>(
    things: &'w BTreeSet<K>,
    read: impl Fn(&'w K) -> F,
) -> Result<BTreeMap<K, Fact<T>>, Failure>
where
    K: Clone + Ord,
    F: Future<Output = Result<T, Failure>> + Send + 'w,
{
    let reads = things.iter().map(|thing| {
        let read = asked(true, read(thing));
        async move { Ok::<_, Failure>((thing.clone(), read.await?)) }
    });
    Ok(try_join_all(reads).await?.into_iter().collect())
}

#[cfg(test)]
mod tests;
