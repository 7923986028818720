"""What hosts lack, as a role for those who apply with Ansible.

What is here:

- `role`: A plan as an Ansible role: the same packages, files, checkers, actions and reloads. Pure.
"""

from baseline.ansible_role.role import Planned, role_files

__all__ = ["Planned", "role_files"]
