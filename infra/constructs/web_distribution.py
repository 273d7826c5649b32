"""CloudFront in front of the web app and the API: one origin for a browser, so no CORS and no token in storage."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import StageSettings

# The longest CloudFront waits for the next byte without a raised quota: streams send a comment more often than that.
_NEXT_BYTE: Final = Duration.seconds(60)
_HSTS: Final = Duration.days(730)
# A path without a dot is a page of the app, which has one document.
_ROUTER: Final = """function handler(event) {
  var request = event.request;
  if (request.uri.indexOf('.') === -1) { request.uri = '/index.html'; }
  return request;
}"""


def content_security_policy(upload_origin: str) -> str:
    """Nothing from anywhere but ourselves; files go straight to the tenant bucket by presigned URL."""
    return "; ".join(
        (
            *("default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'"),
            *("img-src 'self' data:", f"connect-src 'self' {upload_origin}", "manifest-src 'self'"),
            *("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "object-src 'none'"),
            "require-trusted-types-for 'script'",
        )
    )


class WebDistribution(cloudfront.Distribution):
    """`/v1/*` and `/bff/*` go to the API, everything else to the bucket of the web app."""

    def __init__(
        self,
        scope: Construct,
        distribution_id: str,
        *,
        settings: StageSettings,
        app: s3.IBucket,
        api: apigateway.RestApi,
        upload_origin: str,
        web_acl_arn: str,
        log_bucket: s3.IBucket,
    ) -> None:
        headers = _headers(scope, settings, upload_origin)
        to_api = _api_behaviour(api, settings, headers)
        super().__init__(
            scope,
            distribution_id,
            comment=f"Ambit {settings.stage}",
            domain_names=[settings.domain],
            certificate=acm.Certificate(
                scope,
                "Certificate",
                domain_name=settings.domain,
                validation=acm.CertificateValidation.from_dns(),
            ),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            default_root_object="index.html",
            default_behavior=_app_behaviour(scope, app, headers),
            additional_behaviors={"/v1/*": to_api, "/bff/*": to_api},
            web_acl_id=web_acl_arn,
            enable_logging=True,
            log_bucket=log_bucket,
            log_file_prefix="cloudfront/",
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )


def _app_behaviour(
    scope: Construct, app: s3.IBucket, headers: cloudfront.ResponseHeadersPolicy
) -> cloudfront.BehaviorOptions:
    router = cloudfront.Function(
        scope,
        "Router",
        code=cloudfront.FunctionCode.from_inline(_ROUTER),
        runtime=cloudfront.FunctionRuntime.JS_2_0,
    )
    return cloudfront.BehaviorOptions(
        origin=origins.S3BucketOrigin.with_origin_access_control(app),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        response_headers_policy=headers,
        function_associations=[
            cloudfront.FunctionAssociation(function=router, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)
        ],
    )


def _api_behaviour(
    api: apigateway.RestApi, settings: StageSettings, headers: cloudfront.ResponseHeadersPolicy
) -> cloudfront.BehaviorOptions:
    host = f"{api.rest_api_id}.execute-api.{settings.region}.amazonaws.com"
    origin = origins.HttpOrigin(
        host,
        origin_path=f"/{settings.stage}",
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        read_timeout=_NEXT_BYTE,
    )
    return cloudfront.BehaviorOptions(
        origin=origin,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        response_headers_policy=headers,
        compress=False,  # compression would hold a stream back
    )


def _headers(scope: Construct, settings: StageSettings, upload_origin: str) -> cloudfront.ResponseHeadersPolicy:
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "SecurityHeaders",
        response_headers_policy_name=settings.name("security-headers"),
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=content_security_policy(upload_origin), override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=_HSTS, include_subdomains=True, preload=True, override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                _custom("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
                _custom("cross-origin-opener-policy", "same-origin"),
                _custom("cross-origin-resource-policy", "same-origin"),
            ]
        ),
    )


def _custom(header: str, value: str) -> cloudfront.ResponseCustomHeader:
    return cloudfront.ResponseCustomHeader(header=header, value=value, override=True)
