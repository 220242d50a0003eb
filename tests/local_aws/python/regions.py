"""What a region of MiniStack lacks of what a restore reads there: ids of its own, offers, keys and tags of EC2 and RDS."""

import hashlib

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import ec2, efs, kms, rds, tagging

INSTANCE_TYPES = ["c5.large", "m5.large", "r5.large", "t3.large", "t3.medium", "t3.micro", "t3.small"]
CLASSES = ["db.m5.large", "db.r5.large", "db.r6g.large", "db.t3.medium", "db.t3.micro", "db.t3.small"]
NOT_OFFERED = set()  # account, region, instance type or class, zone or None
NO_CAPACITY = set()  # account, region, zone


def patch():
    ec2._ensure_defaults_initialized = regions_have_ids_of_their_own
    ec2._ACTION_MAP["DescribeInstanceTypeOfferings"] = describe_instance_type_offerings
    ec2._snapshot_inner_xml = with_key(ec2._snapshot_inner_xml)
    ec2._volume_inner_xml = with_key(ec2._volume_inner_xml)
    bdm_xml = ec2._image_bdm_xml
    ec2._image_bdm_xml = lambda view: with_encryption(bdm_xml(view), view["BlockDeviceMappings"])
    rds._ACTION_MAP["DescribeOrderableDBInstanceOptions"] = describe_orderable_options
    rds._ACTION_MAP["CreateDBInstance"] = only_what_is_offered(rds._ACTION_MAP["CreateDBInstance"])
    kms._describe_key = aws_has_keys(kms._describe_key)
    for service, collect, store in (("ec2", ec2_tags, ec2_store), ("rds", rds_tags, rds_store)):
        tagging._COLLECTORS[service] = collect
        tagging._WRITERS[service] = lambda _, arn, tags, store=store: store(arn, tags, ())
        tagging._REMOVERS[service] = lambda _, arn, keys, store=store: store(arn, {}, keys)


def zones():
    return [f"{get_region()}{letter}" for letter in "abc"]


def offered(name, zone=None):
    """Whether the region has the type or class, in that zone."""
    here = (get_account_id(), get_region(), name)
    return not {(*here, None), (*here, zone)} & NOT_OFFERED


def regions_have_ids_of_their_own():
    """The ids of the default network were the same in each region, so that nothing told a region's own from another's."""
    digits = hashlib.sha256(f"{get_account_id()} {get_region()}".encode()).hexdigest()[:7]
    ec2._DEFAULT_VPC_ID = f"vpc-{digits}0"
    ec2._DEFAULT_SG_ID = f"sg-{digits}0"
    for name, letter in (("", "a"), ("_B", "b"), ("_C", "c")):
        setattr(ec2, f"_DEFAULT_SUBNET_ID{name}", f"subnet-{digits}{letter}")
    if (get_account_id(), get_region()) not in ec2._default_initialized_scopes:
        ec2._init_defaults()


def take_default_vpc():
    """An account may have none: deleted by its owner, or never made."""
    regions_have_ids_of_their_own()
    vpc = ec2._DEFAULT_VPC_ID
    for store in (ec2._subnets, ec2._security_groups, ec2._vpcs):
        for each in [key for key, record in store.items() if record.get("VpcId") == vpc]:
            del store[each]


def describe_instance_type_offerings(params):
    """MiniStack lacks it."""
    filters = ec2._parse_filters(params)
    kind = ec2._p(params, "LocationType") or "region"
    places = {"region": [get_region()], "availability-zone": zones()}.get(kind)
    if places is None:
        return ec2._error("InvalidParameterValue", f"Value ({kind}) for parameter locationType is invalid.", 400)
    items = ""
    for name in INSTANCE_TYPES:
        for place in places:
            wanted = {"instance-type": name, "location": place}
            zone = place if kind == "availability-zone" else None
            if offered(name, zone) and all(wanted.get(key) in values for key, values in filters.items()):
                items += f"<item><instanceType>{name}</instanceType><locationType>{kind}</locationType>"
                items += f"<location>{place}</location></item>"
    body = f"<instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>"
    return ec2._xml(200, "DescribeInstanceTypeOfferingsResponse", body)


def describe_orderable_options(params):
    """MiniStack had classes that do not depend on the engine, and two zones."""
    engine = rds._p(params, "Engine")
    wanted = rds._p(params, "DBInstanceClass")
    clusters = engine.startswith("aurora") or engine in ("docdb", "neptune")
    version = rds._p(params, "EngineVersion") or rds._default_engine_version(engine)
    classes = [*CLASSES, "db.serverless"] if clusters and engine != "docdb" else CLASSES
    options = ""
    for name in classes:
        places = [zone for zone in zones() if offered(name, zone)]
        if places and wanted in ("", name):
            each = "".join(f"<AvailabilityZone><Name>{zone}</Name></AvailabilityZone>" for zone in places)
            options += f"<OrderableDBInstanceOption><Engine>{engine}</Engine><EngineVersion>{version}</EngineVersion>"
            options += f"<DBInstanceClass>{name}</DBInstanceClass><AvailabilityZones>{each}</AvailabilityZones>"
            options += f"<MultiAZCapable>{str(not clusters).lower()}</MultiAZCapable><Vpc>true</Vpc>"
            options += "<SupportsStorageEncryption>true</SupportsStorageEncryption><StorageType>gp3</StorageType>"
            options += f"<SupportsClusters>{str(clusters).lower()}</SupportsClusters></OrderableDBInstanceOption>"
    body = f"<OrderableDBInstanceOptions>{options}</OrderableDBInstanceOptions>"
    result = "DescribeOrderableDBInstanceOptionsResult"
    return rds._xml(200, "DescribeOrderableDBInstanceOptionsResponse", f"<{result}>{body}</{result}>")


def only_what_is_offered(create):
    """MiniStack takes any class."""

    def created(params):
        kind = rds._p(params, "DBInstanceClass")
        if offered(kind):
            return create(params)
        text = f"RDS does not support creating a DB instance with the following combination: DBInstanceClass={kind}"
        return rds._error("InvalidParameterCombination", text, 400)

    return created


def with_key(write):
    """EC2 says which key encrypts a snapshot or a volume."""

    def written(record):
        key = record.get("KmsKeyId")
        return write(record) + (f"<kmsKeyId>{key}</kmsKeyId>" if key else "")

    return written


def with_encryption(xml, mappings):
    """EC2 says of each device of an image whether it is encrypted."""
    parts = xml.split("</ebs>")
    for index, mapping in enumerate(mappings or []):
        encrypted = str(bool((mapping.get("Ebs") or {}).get("Encrypted"))).lower()
        parts[index] += f"<encrypted>{encrypted}</encrypted>"
    return "</ebs>".join(parts)


# The keys that AWS makes for a service, at the first use: none of EFS before the first file system (unverified).
AWS_KEYS = ("backup", "dynamodb", "ebs", "elasticfilesystem", "rds", "s3")


def aws_has_keys(describe):
    def described(data):
        name = str(data.get("KeyId", "")).rsplit("alias/aws/", 1)
        exists = len(name) == 2 and name[1] in AWS_KEYS
        if not exists or (name[1] == "elasticfilesystem" and not list(efs._file_systems)):
            return describe(data)
        return json_response({"KeyMetadata": aws_key(name[1])})

    return described


def aws_key(service):
    id = hashlib.sha256(f"{get_account_id()} {get_region()} {service}".encode()).hexdigest()
    id = "-".join((id[:8], id[8:12], id[12:16], id[16:20], id[20:32]))
    return {
        "AWSAccountId": get_account_id(),
        "Arn": f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{id}",
        "Description": f"Default key that protects my {service} resources when no other key is defined",
        "Enabled": True,
        "KeyId": id,
        "KeyManager": "AWS",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
    }


def key_refusal(key):
    """Why a service cannot use a key, in the words of restore-facts section 6."""
    region = get_region()
    if key.startswith("arn:") and key.split(":")[3] != region:
        return "Access denied to KMS key."
    name = key.rsplit("alias/aws/", 1)
    mine = {aws_key(service)["Arn"] for service in AWS_KEYS}
    if key in mine or (len(name) == 2 and name[1] in AWS_KEYS):
        return None
    found = kms._resolve_key(key)
    if found is None or found["KeyState"] != "Enabled":
        return (
            "The specified AWS KMS key ARN does not exist, is not enabled or you do not have permissions to access it."
        )
    return None


EC2_KINDS = {
    "image": (lambda: ec2._images),
    "instance": (lambda: ec2._instances),
    "security-group": (lambda: ec2._security_groups),
    "snapshot": (lambda: ec2._snapshots),
    "subnet": (lambda: ec2._subnets),
    "volume": (lambda: ec2._volumes),
    "vpc": (lambda: ec2._vpcs),
}


def ec2_arn(kind, id):
    account = "" if kind in ("image", "snapshot") else get_account_id()
    return f"arn:aws:ec2:{get_region()}:{account}:{kind}/{id}"


def ec2_tags():
    """Those that have or had tags, as the tagging service lists them."""
    for kind in ("instance", "security-group", "volume"):
        for id in list(EC2_KINDS[kind]()):
            if ec2._tags.get(id):
                yield ec2_arn(kind, id), ec2._tags[id]


def ec2_store(arn, tags, keys):
    kind, _, id = arn.split(":", 5)[5].partition("/")
    if kind not in EC2_KINDS or id not in EC2_KINDS[kind]():
        raise tagging._ResourceNotFound(arn)
    ec2._tags[id] = changed(ec2._tags.get(id, []), tags, keys)


def rds_records():
    for record in list(rds._instances.values()):
        yield record["DBInstanceArn"], record
    for record in list(rds._clusters.values()):
        yield record["DBClusterArn"], record


def rds_tags():
    for arn, record in rds_records():
        tags = rds._tags.get(arn) or record.get("TagList")
        if tags:
            yield arn, tags


def rds_store(arn, tags, keys):
    for known, record in rds_records():
        if known == arn:
            rds._tags[arn] = record["TagList"] = changed(rds._tags.get(arn, []), tags, keys)
            return
    raise tagging._ResourceNotFound(arn)


def changed(pairs, tags, keys):
    now = {pair["Key"]: pair["Value"] for pair in pairs} | tags
    return [{"Key": key, "Value": value} for key, value in now.items() if key not in keys]
