//! Reads of one region's services that have no crate of the SDK here: one answer, or a list to its end.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws::raw::{List, RawClient, Request};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;

/// Who reads, and where.
#[derive(Clone)]
pub(crate) struct RawReads<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a Region,
    raw: RawClient,
}

impl<'a> RawReads<'a> {
    pub(crate) fn new(caller: &'a Caller, clients: &Clients, region: &'a Region) -> Self {
        Self { caller, region, raw: clients.raw(region) }
    }

    /// The answer to one request. `action` is the IAM action, `resource` what the call is about.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub(crate) async fn one<O>(
        &self,
        action: &'static str,
        resource: &str,
        request: Request<O>,
    ) -> Result<O, Failure>
    where
        O: DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let site = CallSite::new(action, self.region, resource);
        self.caller.call(site, || self.raw.send(&request)).await
    }

    /// A list to its end; `request` asks for the page of a token.
    ///
    /// # Errors
    /// As [`Caller::pages`].
    pub(crate) async fn list<T, O>(
        &self,
        things: &str,
        action: &'static str,
        request: impl Fn(Option<&str>) -> Request<O>,
        take: impl Fn(O) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, Failure>
    where
        O: DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let site = CallSite::new(action, self.region, "");
        let send = |token: Option<String>| {
            let request = request(token.as_deref());
            async move { self.raw.send(&request).await }
        };
        self.caller.pages(things, site, send, take).await
    }

    /// The same for EC2 and RDS, whose pages have one form.
    ///
    /// # Errors
    /// As [`Caller::pages`].
    pub(crate) async fn pages<T>(
        &self,
        things: &str,
        action: &'static str,
        request: impl Fn(Option<&str>) -> Request<Page<T>>,
    ) -> Result<Vec<T>, Failure>
    where
        T: DeserializeOwned + Debug + Send + Sync + 'static,
    {
        self.list(things, action, request, |page| (page.list.items, page.next)).await
    }
}

/// A page of a list of EC2 or RDS. A list that is not there is no empty list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    #[serde(
        alias = "availabilityZoneInfo",
        alias = "imagesSet",
        alias = "instanceTypeOfferingSet",
        alias = "keySet",
        alias = "reservationSet",
        alias = "securityGroupInfo",
        alias = "securityGroupRuleSet",
        alias = "snapshotSet",
        alias = "subnetSet",
        alias = "volumeSet",
        alias = "vpcSet",
        alias = "DBClusterParameterGroups",
        alias = "DBClusterSnapshots",
        alias = "DBClusters",
        alias = "DBInstances",
        alias = "DBParameterGroups",
        alias = "DBSnapshots",
        alias = "DBSubnetGroups",
        alias = "OrderableDBInstanceOptions"
    )]
    pub(crate) list: List<T>,
    #[serde(alias = "nextToken", alias = "Marker")]
    pub(crate) next: Option<String>,
}

/// A filter of EC2's: any of the values.
pub(crate) fn filter<'v>(name: &str, values: impl IntoIterator<Item = &'v str>) -> Value {
    json!({"Name": name, "Value": values.into_iter().collect::<Vec<_>>()})
}
