"""The firewall in front of a distribution or an API: managed rules and a rate limit."""

from collections.abc import Sequence
from typing import Final, Literal

from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import StageSettings

# Requests of one address in five minutes.
RATE_LIMIT: Final = 3_000
_MANAGED: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# An agent's input is free text of up to 50 000 characters: it may be long, hold HTML, paths and addresses. The rules
# that would refuse it for that only count; guardrails judge it where its meaning is known.
_BODY_RULES: Final = (
    *("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY"),
    *("GenericRFI_BODY", "EC2MetaDataSSRF_BODY"),
)
_Acl = waf.CfnWebACL


class WebAcl(waf.CfnWebACL):
    """Allow, unless a managed rule or the rate limit says otherwise."""

    def __init__(
        self,
        scope: Construct,
        acl_id: str,
        *,
        settings: StageSettings,
        protects: Literal["CLOUDFRONT", "REGIONAL"],
        log_group: logs.ILogGroup,
    ) -> None:
        name = settings.name(f"{protects.lower()}-firewall")
        super().__init__(
            scope,
            acl_id,
            name=name,
            scope=protects,
            default_action=_Acl.DefaultActionProperty(allow={}),
            rules=_rules(behind_proxy=protects == "REGIONAL"),
            visibility_config=_visible(name),
        )
        waf.CfnLoggingConfiguration(
            scope,
            f"{acl_id}Logs",
            resource_arn=self.attr_arn,
            log_destination_configs=[log_group.log_group_arn],
            redacted_fields=[{"singleHeader": {"Name": header}} for header in ("authorization", "cookie")],
        )


def _rules(*, behind_proxy: bool) -> Sequence[waf.CfnWebACL.RuleProperty]:
    managed = [_managed_rule(name, priority) for priority, name in enumerate(_MANAGED)]
    return [*managed, _rate_rule(len(managed), behind_proxy=behind_proxy)]


def _managed_rule(name: str, priority: int) -> waf.CfnWebACL.RuleProperty:
    count = _Acl.RuleActionProperty(count={})
    overrides = [_Acl.RuleActionOverrideProperty(name=rule, action_to_use=count) for rule in _BODY_RULES]
    group = _Acl.ManagedRuleGroupStatementProperty(
        name=name,
        vendor_name="AWS",
        rule_action_overrides=overrides if name == "AWSManagedRulesCommonRuleSet" else None,
    )
    return _Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=_Acl.OverrideActionProperty(none={}),
        statement=_Acl.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_visible(name),
    )


def _rate_rule(priority: int, *, behind_proxy: bool) -> waf.CfnWebACL.RuleProperty:
    """Behind CloudFront the caller is in `X-Forwarded-For`; without it the request is counted as no address."""
    forwarded = _Acl.ForwardedIPConfigurationProperty(header_name="X-Forwarded-For", fallback_behavior="NO_MATCH")
    limit = _Acl.RateBasedStatementProperty(
        limit=RATE_LIMIT,
        aggregate_key_type="FORWARDED_IP" if behind_proxy else "IP",
        forwarded_ip_config=forwarded if behind_proxy else None,
    )
    return _Acl.RuleProperty(
        name="RateLimit",
        priority=priority,
        action=_Acl.RuleActionProperty(block={}),
        statement=_Acl.StatementProperty(rate_based_statement=limit),
        visibility_config=_visible("RateLimit"),
    )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return _Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
