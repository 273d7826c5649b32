import pytest

from platform_kit import aws_roles

ROLE = "arn:aws:iam::123456789012:role/ci-caller"


@pytest.mark.parametrize(
    "arn", [ROLE, "arn:aws:iam::123456789012:role/team/ci/ci-caller", "arn:aws:iam::123456789012:role/a/ci-caller"]
)
def test_a_roles_path_is_not_part_of_who_it_is(arn: str) -> None:
    assert aws_roles.role_arn(arn) == ROLE


def test_a_session_is_its_role() -> None:
    assert aws_roles.role_of_session("arn:aws:sts::123456789012:assumed-role/ci-caller/build-42") == ROLE
    session = "arn:aws-us-gov:sts::123456789012:assumed-role/ci-caller/i-0abc"
    assert aws_roles.role_of_session(session) == "arn:aws-us-gov:iam::123456789012:role/ci-caller"


@pytest.mark.parametrize(
    "arn",
    [
        *("", "ci-caller", "arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:root"),
        *("arn:aws:iam::12345678901:role/x", "arn:aws:iam::*:role/x", "arn:aws:iam::123456789012:role/"),
        *("arn:aws:iam::123456789012:role/*", ROLE + "\n", " " + ROLE, "arn:evil:iam::123456789012:role/x"),
        *("arn:aws:iam::123456789012:role//x", "arn:aws:iam::123456789012:role/../x#y", ROLE + "/" + "x" * 65),
        *("arn:aws:iam::\u0661\u0662\u0663456789012:role/x", "arn:aws:sts::123456789012:assumed-role/ci-caller/s"),
    ],
)
def test_what_is_no_role_is_refused(arn: str) -> None:
    assert aws_roles.role_arn(arn) is None


@pytest.mark.parametrize(
    "arn",
    [
        *("", ROLE, "arn:aws:sts::123456789012:federated-user/ada", "arn:aws:iam::123456789012:user/ada"),
        *("arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/ci-caller"),
        *("arn:aws:sts::123456789012:assumed-role/team/ci-caller/s1", "arn:aws:sts::123456789012:assumed-role//s1"),
        *("arn:aws:sts::123456789012:assumed-role/ci-caller/s1/x", "arn:aws:sts::123456789012:assumed-role/a/s1\n"),
    ],
)
def test_what_is_no_roles_session_is_refused(arn: str) -> None:
    assert aws_roles.role_of_session(arn) is None


def test_roles_of_two_accounts_or_partitions_have_two_digests() -> None:
    others = [ROLE, ROLE.replace("12:", "13:"), ROLE.replace("arn:aws:", "arn:aws-cn:"), ROLE + "2"]
    assert len({aws_roles.digest(arn) for arn in others}) == 4
    assert len(aws_roles.digest(ROLE)) == 64
