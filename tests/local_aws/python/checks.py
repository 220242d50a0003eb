"""What a restore's metadata may name: things of the region it restores into, and of no other."""

import json
import re

from ministack.core.responses import get_region
from ministack.services import ec2

import regions


class Failed(Exception):
    """Why a job fails, as AWS Backup says it."""


def in_region(metadata, _source):
    """No ARN of another region, no key that cannot be used, no VPC and no zone from elsewhere, in whatever member."""
    for key, value in metadata.items():
        for arn in re.findall(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9:/._-]+", value):
            service, region = arn.split(":")[2:4]
            if service == "kms":
                check_key(arn)
            elif region not in ("", get_region()):
                raise Failed(f"The resource {arn} in {key} is not in the Region {get_region()}")
        if key in ("kmskeyid", "kmsmasterkeyarn", "kmskey") and value not in ("", "null") and ":kms:" not in value:
            check_key(value)
    vpc = metadata.get("vpcid")
    if vpc and vpc not in ec2._vpcs:
        raise Failed(f"The vpc ID '{vpc}' does not exist")
    for key in ("availabilityzone", "availabilityzones", "placement", "availabilityzonename"):
        for zone in re.findall(r"[a-z]{2}(?:-[a-z]+)+-[0-9][a-z]", metadata.get(key, "")):
            zone_in(zone, "Invalid availability zone: [{}]")


def check_key(key):
    refusal = regions.key_refusal(key)
    if refusal:
        raise Failed(refusal)


def zone_in(zone, text):
    if zone not in regions.zones():
        raise Failed(text.format(zone))
    return zone


def names(text):
    """A list in a value is JSON text."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Failed(f"Invalid value in restore metadata, which is no list: {text}")
    return found


def default_vpc():
    return next((id for id, vpc in ec2._vpcs.items() if vpc.get("IsDefault")), None)


def network(subnet, groups):
    """The subnet that is named, or one of the default VPC, and the groups."""
    if not subnet:
        vpc = default_vpc()
        if vpc is None:
            raise Failed(
                "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC."
            )
        subnets = [id for id, each in ec2._subnets.items() if each["VpcId"] == vpc and each.get("DefaultForAz")]
        if not subnets:
            raise Failed(f"No subnets found for the default VPC [{vpc}]. Please specify a subnet.")
        subnet = subnets[0]
    if subnet not in ec2._subnets:
        raise Failed(f"The subnet ID '{subnet}' does not exist")
    found = security_groups(groups)
    vpc = ec2._subnets[subnet]["VpcId"]
    for group in found:
        if ec2._security_groups[group]["VpcId"] != vpc:
            raise Failed(f"Security group {group} and subnet {subnet} belong to different networks.")
    return subnet, found


def security_groups(text):
    found = names(text)
    for group in found:
        if group not in ec2._security_groups:
            raise Failed(f"The security group '{group}' does not exist")
    return found
